from __future__ import annotations

import itertools

import pytest
from runtime_fakes import make_site, queue_job

from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Page
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.schedules import next_run, plant_schedules, schedule_kinds
from microblog_core.testing.world import World

HOUR = 3_600_000


def scheduled(ran):
    async def handler(job):
        ran.append(job.key)

    kind = JobKind(name="a.clean", handler=handler)
    return make_site(kind, schedules=[Schedule(name="a.hourly", kind="a.clean", every=3600)])


async def plant(site):
    await plant_schedules(site.contributions.schedules, site.ports, site.contributions.jobs)


async def test_a_schedule_runs_once_each_distance():
    ran = []
    site = scheduled(ran)
    runner, clock = JobRunner(site), site.ports.clock
    await plant(site)
    await runner.run_due()
    assert ran == []
    for count in (1, 2, 3):
        clock.moment += HOUR
        await runner.run_due()
        assert len(ran) == count
    assert len(set(ran)) == 3


async def test_it_is_kept_when_a_schedule_ran_last():
    site = scheduled([])
    await plant(site)
    site.ports.clock.moment += HOUR + 7
    await JobRunner(site).run_due()
    kept = site.ports.storage.kept
    assert kept == {("runtime", "schedule:a.hourly"): str(site.ports.clock.now()).encode()}


async def test_runs_that_were_missed_are_caught_up_once_and_the_rhythm_is_kept():
    ran = []
    site = scheduled(ran)
    runner, clock = JobRunner(site), site.ports.clock
    await plant(site)
    begun = clock.now()
    clock.moment += 7 * HOUR + 1
    await runner.run_due()
    assert len(ran) == 1
    assert await site.ports.storage.queue.next_due() == begun + 8 * HOUR


async def test_a_restart_and_a_second_process_do_not_double_a_schedule():
    ran = []
    site = scheduled(ran)
    first, second = JobRunner(site), JobRunner(site)
    await plant(site)
    await plant(site)
    site.ports.clock.moment += HOUR
    await first.run_due()
    await second.run_due()
    assert len(ran) == 1


async def test_a_schedule_of_an_unknown_job_is_logged_and_left_out(caplog):
    site = make_site(schedules=[Schedule(name="a.hourly", kind="a.gone", every=3600)])
    await plant(site)
    assert site.ports.storage.queue.jobs == {}
    assert "a.gone" in caplog.text


async def test_ticks_are_no_failures_however_often_they_come():
    ran = []
    site = scheduled(ran)
    runner = JobRunner(site)
    await plant(site)
    for _ in range(30):
        site.ports.clock.moment += HOUR
        await runner.run_due()
    assert (len(ran), runner.buried) == (30, 0)


def test_other_jobs_are_left_alone():
    site = scheduled([])
    job = queue_job(site, "a.clean")
    assert site.ports.storage.queue.jobs == {job.id: job}


@pytest.mark.parametrize(("due", "now", "expected"), [(100, 50, 100), (100, 100, 110), (100, 119, 120)])
def test_the_next_run_is_ahead_and_on_the_beat(due, now, expected):
    schedule = Schedule(name="a.beat", kind="a.clean", every=0.01)
    assert next_run(schedule, due, now) == expected


async def test_a_cron_schedule_runs_by_the_clocks_of_its_zone():
    ran = []

    async def handler(job):
        ran.append(site.ports.clock.now())

    daily = Schedule(name="a.daily", kind="a.clean", cron="0 7 * * *", timezone="Europe/Berlin")
    site = make_site(JobKind(name="a.clean", handler=handler), schedules=[daily])
    site.ports.clock.moment = 1_774_000_000_000  # 20 March 2026; the clocks change on the 29th
    await plant(site)
    runner, queue = JobRunner(site), site.ports.storage.queue
    for _ in range(15):
        site.ports.clock.moment = await queue.next_due()
        await runner.run_due()
    hours = [later - earlier for earlier, later in itertools.pairwise(ran)]
    assert sorted(set(hours)) == [23 * HOUR, 24 * HOUR]
    assert hours.count(23 * HOUR) == 1


@pytest.mark.parametrize(
    "wrong", [{}, {"cron": "0 25 * * *"}, {"cron": "0 7 * * *", "timezone": "Mars/Olympus"}]
)
async def test_a_schedule_without_sensible_times_is_logged_and_left_out(caplog, wrong):
    async def handler(job):
        return None

    site = make_site(
        JobKind(name="a.clean", handler=handler), schedules=[Schedule(name="a.odd", kind="a.clean", **wrong)]
    )
    await plant(site)
    assert site.ports.storage.queue.jobs == {}
    assert "a.odd" in caplog.text


async def test_who_has_lost_the_ticker_ticks_for_nothing():
    world = World()
    schedule = Schedule(name="a.hourly", kind="a.clean", every=3600)
    (ticker,) = schedule_kinds([schedule], world.ports).values()
    await plant_schedules([schedule], world.ports, ["a.clean"])
    world.clock.advance(3600)
    queue, now = world.storage.queue, world.clock.now()
    (lost,) = await queue.claim(now, limit=1, lease=0)
    (held,) = await queue.claim(now, limit=1, lease=1000)
    with pytest.raises(Conflict):
        await ticker.handler(lost)
    assert [job.kind for job in (await queue.page("queued", Page())).items] == []
    await ticker.handler(held)
    waiting = {job.kind: job.due_at for job in (await queue.page("queued", Page())).items}
    assert waiting == {"a.clean": now, ticker.name: held.due_at + HOUR}
