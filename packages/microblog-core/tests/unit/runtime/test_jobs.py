from __future__ import annotations

import asyncio

import pytest
from runtime_fakes import make_site, queue_job

from microblog_core.domain.jobs import Measure, bucket_of, slot_of
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.runtime.executor import backoff
from microblog_core.runtime.jobs import JobRunner, claim_groups


def runner_of(site, **options):
    return JobRunner(site, chance=lambda: 0.5, **options)


async def test_a_finished_job_is_gone_and_ran_once():
    ran = []

    async def handler(job):
        ran.append(job.payload)

    site = make_site(JobKind(name="a.b", handler=handler))
    queue_job(site, "a.b", payload=b'{"x":1}')
    assert await runner_of(site).run_due() == 1
    assert ran == [b'{"x":1}']
    assert site.ports.storage.queue.jobs == {}
    assert site.metrics.timed == [("jobs.run", {"kind": "a.b", "outcome": "done"})]


async def test_many_waiting_jobs_are_claimed_and_finished_at_least_twenty_in_a_commit():
    async def handler(job):
        await asyncio.sleep(0)

    site = make_site(JobKind(name="a.b", handler=handler))
    for _ in range(640):
        queue_job(site, "a.b")
    stop = asyncio.Event()
    runner = runner_of(site)
    running = asyncio.create_task(runner.run(stop))
    async with asyncio.timeout(20):
        while site.ports.storage.queue.jobs:
            await asyncio.sleep(0.001)
    stop.set()
    await running
    queue = site.ports.storage.queue
    assert sum(queue.claims) == sum(queue.finishes) == 640
    assert len(queue.claims) <= 640 / 20
    assert len(queue.finishes) <= 640 / 20


async def test_a_failing_job_is_tried_later_and_later_then_buried_with_its_error():
    async def handler(job):
        raise ValueError("no such luck")

    policy = RetryPolicy(tries=3, first_delay=2.0)
    site = make_site(JobKind(name="a.b", handler=handler, retry=policy))
    job = queue_job(site, "a.b")
    queue, clock, runner = site.ports.storage.queue, site.ports.clock, runner_of(site)
    for delay in (2_000, 4_000):
        await runner.run_due()
        assert queue.jobs[job.id].state == "queued"
        assert queue.jobs[job.id].due_at == clock.now() + delay
        clock.moment += delay
    await runner.run_due()
    assert queue.jobs[job.id].state == "dead"
    assert queue.jobs[job.id].error == "ValueError: no such luck"
    assert (runner.finished, runner.retried, runner.buried) == (0, 2, 1)


async def test_what_a_receiver_asked_for_is_waited_for_and_permanent_is_buried_at_once():
    async def busy(job):
        raise Temporary("busy", retry_after=600)

    async def never(job):
        raise Permanent("no such mailbox")

    site = make_site(JobKind(name="a.busy", handler=busy), JobKind(name="a.never", handler=never))
    later, never_job = queue_job(site, "a.busy"), queue_job(site, "a.never")
    await runner_of(site).run_due()
    queue = site.ports.storage.queue
    assert queue.jobs[later.id].due_at == site.ports.clock.now() + 600_000
    assert queue.jobs[never_job.id].state == "dead"


async def test_a_job_that_takes_too_long_is_stopped_and_says_so():
    stopped = asyncio.Event()

    async def slow(job):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    site = make_site(JobKind(name="a.slow", handler=slow, timeout=0.01))
    job = queue_job(site, "a.slow")
    await runner_of(site).run_due()
    assert stopped.is_set()
    assert site.ports.storage.queue.jobs[job.id].error == "Took longer than 0.01 seconds."


async def test_a_job_that_kills_its_process_each_time_is_buried_without_running_again():
    async def handler(job):
        raise AssertionError("must not run")

    site = make_site(JobKind(name="a.b", handler=handler, retry=RetryPolicy(tries=2)))
    job = queue_job(site, "a.b")
    queue, clock = site.ports.storage.queue, site.ports.clock
    for _ in range(2):  # two processes that claimed it and died
        await queue.claim(clock.now(), limit=1, lease=1000, kinds=("a.b",))
        clock.moment += 1000
    await runner_of(site).run_due()
    assert queue.jobs[job.id].state == "dead"
    assert "died" in queue.jobs[job.id].error


async def test_one_slow_job_does_not_hold_the_others():
    release, ran = asyncio.Event(), []

    async def handler(job):
        if job.key == "slow":
            await release.wait()
        ran.append(job.key)

    site = make_site(JobKind(name="a.b", handler=handler))
    stop = asyncio.Event()
    running = asyncio.create_task(runner_of(site).run(stop))
    for key in ("slow", "first", "second"):
        await add_job(site, "a.b", key)
    await until(lambda: len(ran) == 2)
    await until(lambda: len(site.ports.storage.queue.jobs) == 1)
    release.set()
    await until(lambda: not site.ports.storage.queue.jobs)
    stop.set()
    await running


async def test_a_unit_that_queues_a_job_wakes_the_runner_at_once():
    done = asyncio.Event()

    async def handler(job):
        done.set()

    site = make_site(JobKind(name="a.b", handler=handler))
    stop = asyncio.Event()
    running = asyncio.create_task(runner_of(site).run(stop))
    await asyncio.sleep(0.05)  # let it go to sleep for its five seconds
    await add_job(site, "a.b", "k")
    await asyncio.wait_for(done.wait(), 1)
    stop.set()
    await running


async def test_kinds_that_nobody_here_knows_stay_in_the_queue():
    site = make_site()
    job = queue_job(site, "gone.kind")
    assert await runner_of(site).run_due() == 0
    assert site.ports.storage.queue.jobs[job.id].state == "queued"


async def test_stopping_puts_running_jobs_back_and_counts_them_as_no_failure(monkeypatch):
    monkeypatch.setattr("microblog_core.runtime.executor.STOP_SECONDS", 0.02)
    started = asyncio.Event()

    async def endless(job):
        started.set()
        await asyncio.Event().wait()

    site = make_site(JobKind(name="a.b", handler=endless, retry=RetryPolicy(tries=1)))
    job = queue_job(site, "a.b")
    stop = asyncio.Event()
    running = asyncio.create_task(runner_of(site).run(stop))
    await started.wait()
    stop.set()
    await asyncio.wait_for(running, 2)
    stored = site.ports.storage.queue.jobs[job.id]
    assert (stored.state, stored.due_at) == ("queued", site.ports.clock.now())


async def test_a_queue_that_does_not_answer_for_a_while_is_asked_again(monkeypatch, caplog):
    monkeypatch.setattr("microblog_core.runtime.jobs.UNCLAIMED_SECONDS", 0.01)
    done = asyncio.Event()

    async def handler(job):
        done.set()

    site = make_site(JobKind(name="a.b", handler=handler))
    site.ports.storage.queue.failing = 2
    queue_job(site, "a.b")
    stop = asyncio.Event()
    running = asyncio.create_task(runner_of(site).run(stop))
    await asyncio.wait_for(done.wait(), 2)
    stop.set()
    await running
    assert "the queue is away" in caplog.text


def test_kinds_are_claimed_by_priority_and_limited_ones_alone():
    async def handler(job):
        return None

    kinds = [
        JobKind(name="bulk", handler=handler, priority=-10),
        JobKind(name="a", handler=handler),
        JobKind(name="few", handler=handler, limit=2),
        JobKind(name="b", handler=handler),
        JobKind(name="first", handler=handler, priority=5),
    ]
    assert claim_groups(kinds) == (
        (("first",), None),
        (("a", "b"), None),
        (("few",), 2),
        (("bulk",), None),
    )


async def test_what_is_urgent_begins_before_what_waits_longer():
    order = []

    async def handler(job):
        order.append(job.kind)

    kinds = [JobKind(name="bulk", handler=handler, priority=-1), JobKind(name="mail", handler=handler)]
    site = make_site(*kinds)
    for _ in range(3):
        queue_job(site, "bulk", due_in=-5000)
    queue_job(site, "mail")
    assert await runner_of(site, concurrency=2).run_due() == 4
    assert order[0] == "mail"


async def test_of_a_limited_kind_no_more_run_at_a_time_and_others_go_on():
    running, most, done = 0, 0, []

    async def few(job):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1

    async def many(job):
        done.append(job.id)

    site = make_site(JobKind(name="few", handler=few, limit=2), JobKind(name="many", handler=many))
    for _ in range(10):
        queue_job(site, "few")
        queue_job(site, "many")
    stop = asyncio.Event()
    working = asyncio.create_task(runner_of(site).run(stop))
    await until(lambda: not site.ports.storage.queue.jobs)
    stop.set()
    await working
    assert most == 2
    assert len(done) == 10


async def test_a_job_that_runs_longer_than_its_lease_keeps_it(monkeypatch):
    monkeypatch.setattr("microblog_core.runtime.executor.RENEW_SECONDS", 0.005)
    release, runs = asyncio.Event(), 0

    async def long(job):
        nonlocal runs
        runs += 1
        await release.wait()

    site = make_site(JobKind(name="a.long", handler=long, timeout=600))
    job = queue_job(site, "a.long")
    queue, clock = site.ports.storage.queue, site.ports.clock
    stop = asyncio.Event()
    working = asyncio.create_task(runner_of(site).run(stop))
    await until(lambda: runs == 1)
    for _ in range(4):
        clock.moment += 10_000
        queue.renewed.clear()
        await until(lambda: job.id in queue.renewed)
        assert await queue.claim(clock.now(), limit=1, lease=1000, kinds=("a.long",)) == []
    release.set()
    await until(lambda: not queue.jobs)
    stop.set()
    await working
    assert runs == 1


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"),
    [(1, 0.5, 2.0), (2, 0.5, 4.0), (3, 0.0, 6.0), (3, 1.0, 10.0), (500, 0.5, 3600.0)],
)
def test_waiting_doubles_up_to_the_limit_with_jitter(attempts, chance, seconds):
    assert backoff(RetryPolicy(), attempts, chance) == pytest.approx(seconds)


async def add_job(site, kind, key):
    now = site.ports.clock.now()
    unit = site.ports.unit()
    from microblog_core.ports.operations import Job

    unit.outbox.add(
        Job(id=site.ports.ids.at(now), kind=kind, key=key, payload=b"{}", due_at=now, created_at=now)
    )
    await unit.commit()


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_how_jobs_went_is_written_once_for_many_jobs():
    async def handler(job):
        if job.payload == b"1":
            raise ValueError("again")
        if job.payload == b"2":
            raise Permanent("never")

    site = make_site(JobKind(name="a.b", handler=handler))
    for number in range(50):
        queue_job(site, "a.b", payload=str(number % 10).encode(), due_in=-3000)
    await runner_of(site).run_due()
    counts = {}
    for each in site.ports.storage.tallies:
        assert each.kind == "a.b" and each.slot == slot_of(site.ports.clock.now())
        counts[each.measure] = counts.get(each.measure, 0) + each.count
    assert counts == {Measure.WAITED: 50, Measure.DONE: 40, Measure.FAILED: 5, Measure.BURIED: 5}
    (waited,) = (each for each in site.ports.storage.tallies if each.measure is Measure.WAITED)
    assert waited.bucket == bucket_of(3000)
    assert site.ports.storage.tallied == 1


async def test_figures_that_cannot_be_written_stop_no_job(caplog):
    async def handler(job):
        return None

    site = make_site(JobKind(name="a.b", handler=handler))
    queue_job(site, "a.b")
    site.ports.storage.tallies = None
    assert await runner_of(site).run_due() == 1
    assert "How 2 jobs went could not be written" in caplog.text


async def test_a_stopping_process_counts_no_failure_that_is_its_own():
    begun, stop = asyncio.Event(), asyncio.Event()

    async def handler(job):
        begun.set()
        await asyncio.Event().wait()

    site = make_site(JobKind(name="a.b", handler=handler))
    queue_job(site, "a.b")
    running = asyncio.create_task(runner_of(site).run(stop))
    await begun.wait()
    stop.set()
    await running
    assert {each.measure for each in site.ports.storage.tallies} == {Measure.WAITED}
