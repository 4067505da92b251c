"""Housekeeping: every sweep has its turn, what it did is kept, and one that fails keeps nobody else."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Session
from microblog_core.domain.errors import Forbidden
from microblog_core.domain.jobs import KEPT, SLOT, JobTally, Measure, slot_of
from microblog_core.domain.permissions import SYSTEM
from microblog_core.ports.housekeeping import Sweep
from microblog_core.ports.operations import AddIdempotencyKey, AddJob, AddJobTallies, AddSession, Job
from microblog_core.services import housekeeping
from microblog_core.services.housekeeping import core_sweeps, count_expired, read_housekeeping, sweep_all
from microblog_core.testing.world import World


class Heap:
    """Things that have ended."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[int] = []

    def sweep(self, name: str = "heap", chunk: int = 10) -> Sweep:
        async def count(now: int, limit: int) -> int:
            return min(self.count, limit)

        async def remove(now: int, limit: int) -> int:
            self.asked.append(limit)
            gone = min(self.count, limit)
            self.count -= gone
            return gone

        return Sweep(name=name, title="Heap", count=count, remove=remove, chunk=chunk)


async def test_a_sweep_goes_on_in_chunks_until_nothing_is_left(world: World) -> None:
    heap = Heap(25)
    (report,) = await sweep_all(world.ports, [heap.sweep()])
    assert (report.run.removed, report.run.more, heap.asked) == (25, False, [10, 10, 10])


async def test_a_run_is_bounded_and_the_next_one_goes_on(world: World) -> None:
    heap = Heap(25)
    sweep = heap.sweep()
    (report,) = await sweep_all(world.ports, [sweep], chunks=2)
    assert (report.run.removed, report.run.more) == (20, True)
    assert await count_expired(world.ports, SYSTEM, sweep) == 5
    world.clock.advance(600)
    await sweep_all(world.ports, [sweep], chunks=2)
    (kept,) = await read_housekeeping(world.ports, SYSTEM, [sweep])
    assert (kept.run.removed, kept.run.more, kept.run.total) == (5, False, 25)
    assert kept.run.at == world.clock.now()


async def test_one_that_fails_is_told_of_and_the_others_run(world: World, caplog) -> None:
    async def fail(now: int, limit: int) -> int:
        raise OSError("the disk is away: /secret/path")

    broken = Sweep(name="broken", title="Broken", count=fail, remove=fail)
    heap, done = Heap(3), []
    first, second = await sweep_all(world.ports, [broken, heap.sweep()], told=done.append)
    assert (first.run.error, first.run.removed) == ("OSError", 0)
    assert (second.run.error, second.run.removed, done) == ("", 3, [1, 1])
    assert "The sweep broken failed" in caplog.text


async def test_only_operators_read_it(world: World) -> None:
    member = await world.actor(await world.build.account("ada"))
    with pytest.raises(Forbidden):
        await read_housekeeping(world.ports, member, [])


async def test_what_core_keeps_stays_for_as_long_as_it_is_said_to(world: World) -> None:
    account, now = await world.build.account("ada"), world.clock.now()
    dead = Job(id=5, kind="k", key="k", payload=b"{}", due_at=now, created_at=1)
    await world.storage.commit(
        [
            AddSession(
                session=Session(token_hash="h", account_id=account.id, created_at=now, expires_at=now + 5000)
            ),
            AddIdempotencyKey(account_id=account.id, key="k", result_id=1, created_at=now),
            AddJobTallies(
                tallies=(JobTally(slot=slot_of(now), kind="k", measure=Measure.DONE, bucket=1, count=1),)
            ),
            AddJob(job=dead),
        ]
    )
    (claimed,) = await world.storage.queue.claim(now, limit=1, lease=1000, kinds=[dead.kind])
    assert await world.storage.queue.bury(claimed, error="no")
    sweeps = core_sweeps(lambda: world.ports)

    async def removed_after(milliseconds: int) -> dict[str, int]:
        world.clock.advance((now + milliseconds - world.clock.now()) / 1000)
        reports = await sweep_all(world.ports, sweeps)
        return {each.sweep.name: each.run.removed for each in reports if each.run.removed}

    assert await removed_after(5000) == {}
    assert await removed_after(5001) == {"sessions": 1}
    assert await removed_after(KEPT + SLOT) == {"job_tallies": 1}
    assert await removed_after(housekeeping.DEAD_JOBS_KEPT) == {}
    assert await removed_after(housekeeping.DEAD_JOBS_KEPT + 1) == {"dead_jobs": 1}
    assert await removed_after(housekeeping.IDEMPOTENCY_KEPT) == {}
    assert await removed_after(housekeeping.IDEMPOTENCY_KEPT + 1) == {"idempotency_keys": 1}


def test_a_job_that_is_revived_finds_the_keys_of_what_it_did() -> None:
    assert housekeeping.IDEMPOTENCY_KEPT > housekeeping.DEAD_JOBS_KEPT
