from __future__ import annotations

import pytest
from runtime_fakes import make_site, queue_job

from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.runtime.jobs import JobRunner
from microblog_core.runtime.schedules import next_run, plant_schedules

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
    assert next_run(due, 10, now) == expected
