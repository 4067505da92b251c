"""The outbox as a queue: due times, leases, retries, dead letters, unique keys."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddJob, EndJob, Job
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.base import ALL, StorageTests

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def _add(build: Builder, key: str, *, kind: str = "suite", due_at: int = NOON) -> Job:
    job = Job(
        id=build.next_id(),
        kind=kind,
        key=key,
        payload=b'{"a": "\xc3\xa4"}',
        due_at=due_at,
        created_at=build.clock.now(),
        trace=TRACE,
    )
    await build.apply(AddJob(job=job))
    return job


class QueueTests(StorageTests):
    """Jobs from their unit of work to their end."""

    async def test_a_job_is_claimed_as_it_was_added(self, storage: Storage, build: Builder) -> None:
        job = await _add(build, "key")
        assert (await storage.queue.page("queued", ALL)).items == (job,)
        (claimed,) = await storage.queue.claim(NOON, limit=10, lease=5000)
        assert (claimed.id, claimed.kind, claimed.key, claimed.payload) == (
            job.id,
            job.kind,
            job.key,
            job.payload,
        )
        assert (claimed.attempts, claimed.state, claimed.lease_until) == (1, "leased", NOON + 5000)
        assert (claimed.due_at, claimed.created_at) == (job.due_at, job.created_at)
        assert claimed.trace == job.trace == TRACE
        assert (await storage.queue.page("leased", ALL)).items == (claimed,)
        assert (await storage.queue.page("queued", ALL)).items == ()

    async def test_due_jobs_come_oldest_due_first_and_no_more_than_asked(
        self, storage: Storage, build: Builder
    ) -> None:
        for key, due in (("c", 30), ("a", 10), ("d", 40), ("b", 20)):
            await _add(build, key, due_at=NOON + due)
        assert list(await storage.queue.claim(NOON + 9, limit=10, lease=1000)) == []
        first = await storage.queue.claim(NOON + 35, limit=2, lease=1000)
        assert [job.key for job in first] == ["a", "b"]
        second = await storage.queue.claim(NOON + 35, limit=2, lease=1000)
        assert [job.key for job in second] == ["c"]

    async def test_only_the_kinds_that_are_asked_for_are_claimed(
        self, storage: Storage, build: Builder
    ) -> None:
        for kind in ("one", "two", "three"):
            await _add(build, "key", kind=kind)
        claimed = await storage.queue.claim(NOON, limit=10, lease=1000, kinds=["one", "three", "none"])
        assert {job.kind for job in claimed} == {"one", "three"}
        rest = await storage.queue.claim(NOON, limit=10, lease=1000)
        assert [job.kind for job in rest] == ["two"]

    async def test_a_job_whose_lease_has_ended_is_claimed_again(
        self, storage: Storage, build: Builder
    ) -> None:
        await _add(build, "key")
        await storage.queue.claim(NOON, limit=1, lease=5000)
        assert list(await storage.queue.claim(NOON + 4999, limit=1, lease=5000)) == []
        (again,) = await storage.queue.claim(NOON + 5000, limit=1, lease=5000)
        assert (again.attempts, again.lease_until) == (2, NOON + 10_000)

    async def test_a_finished_job_is_gone_and_its_key_is_free(self, storage: Storage, build: Builder) -> None:
        jobs = [await _add(build, key) for key in "abc"]
        claimed = await storage.queue.claim(NOON, limit=10, lease=1000)
        gone = msgspec.structs.replace(jobs[0], id=1, attempts=1)
        await storage.queue.finish([*claimed[:2], gone])
        await storage.queue.finish([])
        assert [job.key for job in (await storage.queue.page("leased", ALL)).items] == ["c"]
        await _add(build, "a")
        assert [job.key for job in (await storage.queue.page("queued", ALL)).items] == ["a"]

    async def test_a_key_waits_once_for_each_kind_in_any_state(
        self, storage: Storage, build: Builder
    ) -> None:
        first = await _add(build, "key")
        await _add(build, "key", kind="other")
        await _add(build, "key", due_at=NOON + 5)
        (claimed,) = await storage.queue.claim(NOON, limit=1, lease=1000, kinds=["suite"])
        await _add(build, "key")
        assert await storage.queue.bury(claimed, error="no use")
        await _add(build, "key")
        assert [job.kind for job in (await storage.queue.page("queued", ALL)).items] == ["other"]
        assert [job.id for job in (await storage.queue.page("dead", ALL)).items] == [first.id]
        await storage.queue.discard(first.id)
        fresh = await _add(build, "key")
        assert [job.id for job in (await storage.queue.page("queued", Page(limit=1))).items] == [fresh.id]

    async def test_two_of_one_unit_with_one_key_are_one(self, storage: Storage, build: Builder) -> None:
        job = Job(id=build.next_id(), kind="suite", key="k", payload=b"1", due_at=NOON, created_at=NOON)
        other = Job(id=build.next_id(), kind="suite", key="k", payload=b"2", due_at=NOON, created_at=NOON)
        await build.apply(AddJob(job=job), AddJob(job=other))
        assert (await storage.queue.page("queued", ALL)).items == (job,)

    async def test_a_job_that_failed_is_tried_again_at_its_time(
        self, storage: Storage, build: Builder
    ) -> None:
        await _add(build, "key")
        (job,) = await storage.queue.claim(NOON, limit=1, lease=60_000)
        assert await storage.queue.retry(job, due_at=NOON + 2000, error="it rained")
        (waiting,) = (await storage.queue.page("queued", ALL)).items
        assert (waiting.attempts, waiting.error, waiting.due_at) == (1, "it rained", NOON + 2000)
        assert list(await storage.queue.claim(NOON + 1999, limit=1, lease=1000)) == []
        (again,) = await storage.queue.claim(NOON + 2000, limit=1, lease=1000)
        assert (again.attempts, again.error) == (2, "it rained")
        gone = msgspec.structs.replace(again, id=1)
        assert not await storage.queue.retry(gone, due_at=NOON, error="nobody")

    async def test_who_lost_a_claim_settles_nothing_that_another_has_begun(
        self, storage: Storage, build: Builder
    ) -> None:
        for key in "abc":
            await _add(build, key)
        lost = await storage.queue.claim(NOON, limit=3, lease=1000)
        held = await storage.queue.claim(NOON + 1000, limit=3, lease=5000)
        await storage.queue.finish(lost)
        assert not await storage.queue.retry(lost[0], due_at=NOON, error="late")
        assert not await storage.queue.bury(lost[1], error="late")
        running = (await storage.queue.page("leased", ALL)).items
        assert list(reversed(running)) == list(held)
        await storage.queue.finish(held[:1])
        assert await storage.queue.retry(held[1], due_at=NOON + 9000, error="rain")
        assert await storage.queue.bury(held[2], error="for good")
        # What is settled is settled, by them too.
        assert not await storage.queue.retry(held[2], due_at=NOON, error="again")
        assert not await storage.queue.bury(held[1], error="again")
        await storage.queue.finish(held)
        queued = (await storage.queue.page("queued", ALL)).items
        assert [(job.id, job.due_at, job.error) for job in queued] == [(held[1].id, NOON + 9000, "rain")]
        assert [job.error for job in (await storage.queue.page("dead", ALL)).items] == ["for good"]

    async def test_a_late_holder_settles_what_nobody_else_has_begun(
        self, storage: Storage, build: Builder
    ) -> None:
        for key in "ab":
            await _add(build, key)
        mine = await storage.queue.claim(NOON, limit=2, lease=1000)
        sent = await storage.queue.claim(NOON + 1000, limit=1, lease=5000, begun=False)
        await storage.queue.finish(mine)
        assert await storage.queue.next_due() is None
        assert list(await storage.queue.begin(sent, until=NOON + 9000)) == []

    async def test_a_buried_job_stays_until_somebody_revives_or_discards_it(
        self, storage: Storage, build: Builder
    ) -> None:
        jobs = [await _add(build, key) for key in "ab"]
        for job in await storage.queue.claim(NOON, limit=2, lease=1000):
            assert await storage.queue.bury(job, error="for good")
        gone = msgspec.structs.replace(jobs[0], id=1, attempts=1)
        assert not await storage.queue.bury(gone, error="nobody")
        assert list(await storage.queue.claim(NOON + 10**9, limit=2, lease=1000)) == []
        dead = (await storage.queue.page("dead", ALL)).items
        assert [(job.key, job.error, job.state) for job in dead] == [
            ("b", "for good", "dead"),
            ("a", "for good", "dead"),
        ]
        assert (await storage.counts()).dead_jobs == 2
        assert await storage.queue.revive(jobs[0].id, due_at=NOON)
        await storage.queue.discard(jobs[1].id)
        await storage.queue.discard(jobs[1].id)
        assert (await storage.counts()).dead_jobs == 0
        (again,) = await storage.queue.claim(NOON, limit=2, lease=1000)
        assert again.id == jobs[0].id

    async def test_a_lease_is_renewed_for_whoever_holds_it(self, storage: Storage, build: Builder) -> None:
        jobs = [await _add(build, key) for key in "ab"]
        mine = await storage.queue.claim(NOON, limit=2, lease=1000)
        await storage.queue.renew(mine, until=NOON + 3000)
        await storage.queue.renew([], until=NOON + 9000)
        assert list(await storage.queue.claim(NOON + 2999, limit=2, lease=1000)) == []
        theirs = await storage.queue.claim(NOON + 3000, limit=2, lease=1000)
        assert [job.id for job in theirs] == [job.id for job in jobs]
        await storage.queue.renew(mine, until=NOON + 99_000)
        await storage.queue.retry(theirs[0], due_at=NOON + 9000, error="")
        await storage.queue.renew(theirs, until=NOON + 5000)
        assert [job.id for job in await storage.queue.claim(NOON + 5000, limit=2, lease=1)] == [jobs[1].id]

    async def test_of_two_who_begin_the_same_claim_one_gets_the_job(
        self, storage: Storage, build: Builder
    ) -> None:
        jobs = [await _add(build, key) for key in "ab"]
        claimed = await storage.queue.claim(NOON, limit=2, lease=5000, begun=False)
        assert [(job.attempts, job.state, job.lease_until) for job in claimed] == 2 * [
            (0, "leased", NOON + 5000)
        ]
        (mine,) = await storage.queue.begin(claimed[:1], until=NOON + 9000)
        assert (mine.id, mine.key, mine.payload) == (jobs[0].id, "a", jobs[0].payload)
        assert (mine.attempts, mine.state, mine.lease_until) == (1, "leased", NOON + 9000)
        assert [job.id for job in await storage.queue.begin(claimed, until=NOON + 9000)] == [jobs[1].id]
        assert list(await storage.queue.begin(claimed, until=NOON + 9000)) == []
        assert list(await storage.queue.begin([], until=NOON + 9000)) == []
        assert list(await storage.queue.claim(NOON + 8999, limit=2, lease=1000)) == []
        await storage.queue.finish([mine])
        assert [job.key for job in (await storage.queue.page("leased", ALL)).items] == ["b"]

    async def test_a_claim_that_ended_can_be_begun_until_somebody_claims_anew(
        self, storage: Storage, build: Builder
    ) -> None:
        for key in "abc":
            await _add(build, key)
        one, two, three = await storage.queue.claim(NOON, limit=3, lease=1000, begun=False)
        (begun_one,) = await storage.queue.begin([one], until=NOON + 9000)
        assert await storage.queue.retry(begun_one, due_at=NOON + 1000, error="it rained")
        again = await storage.queue.claim(NOON + 2000, limit=2, lease=1000, begun=False)
        assert {job.id: job.attempts for job in again} == {one.id: 1, two.id: 0}
        assert [job.id for job in await storage.queue.begin([one, two, three], until=NOON + 9000)] == [
            three.id
        ]
        begun = await storage.queue.begin(again, until=NOON + 9000)
        assert {job.id: (job.attempts, job.error) for job in begun} == {
            one.id: (2, "it rained"),
            two.id: (1, ""),
        }

    async def test_a_job_is_ended_with_what_it_did_once_and_by_who_holds_it(
        self, storage: Storage, build: Builder
    ) -> None:
        job = await _add(build, "first")
        await storage.queue.claim(NOON, limit=1, lease=1000)
        (mine,) = await storage.queue.claim(NOON + 1000, limit=1, lease=1000)
        following = msgspec.structs.replace(job, id=build.next_id(), key="next")
        with pytest.raises(Conflict) as early:
            await build.apply(EndJob(job_id=mine.id, attempts=1), AddJob(job=following))
        assert early.value.guard == "job"
        await build.apply(EndJob(job_id=mine.id, attempts=2), AddJob(job=following))
        assert await storage.queue.get(mine.id) is None
        assert await storage.queue.get(following.id) == following
        await storage.queue.discard(following.id)
        with pytest.raises(Conflict):
            await build.apply(EndJob(job_id=mine.id, attempts=2), AddJob(job=following))
        assert await storage.queue.get(following.id) is None

    async def test_what_nobody_begins_is_handed_back_and_due_as_before(
        self, storage: Storage, build: Builder
    ) -> None:
        for key, due in (("a", 10), ("b", 20), ("c", 30)):
            await _add(build, key, due_at=NOON + due)
        one, two, three = await storage.queue.claim(NOON + 50, limit=3, lease=9000, begun=False)
        await storage.queue.begin([two], until=NOON + 9000)
        await storage.queue.bury(three, error="no use")
        await storage.queue.hand_back([one, two, three])
        await storage.queue.hand_back([])
        assert await storage.queue.next_due() == NOON + 10
        assert [job.key for job in (await storage.queue.page("leased", ALL)).items] == ["b"]
        assert [job.key for job in (await storage.queue.page("dead", ALL)).items] == ["c"]
        (again,) = await storage.queue.claim(NOON + 50, limit=3, lease=1000)
        assert (again.id, again.attempts, again.due_at) == (one.id, 1, NOON + 10)

    async def test_a_dead_job_is_revived_as_if_it_had_never_been_tried(
        self, storage: Storage, build: Builder
    ) -> None:
        job = await _add(build, "key")
        assert not await storage.queue.revive(job.id, due_at=NOON)
        (claimed,) = await storage.queue.claim(NOON, limit=1, lease=1000)
        await storage.queue.bury(claimed, error="for good")
        assert await storage.queue.revive(job.id, due_at=NOON + 50)
        assert not await storage.queue.revive(job.id, due_at=NOON)
        assert not await storage.queue.revive(1, due_at=NOON)
        found = await storage.queue.get(job.id)
        assert found is not None
        assert (found.state, found.attempts, found.due_at, found.error) == (
            "queued",
            0,
            NOON + 50,
            "for good",
        )
        (again,) = await storage.queue.claim(NOON + 50, limit=1, lease=1000)
        assert again.attempts == 1

    async def test_a_job_is_found_by_its_id_until_it_is_discarded(
        self, storage: Storage, build: Builder
    ) -> None:
        job = await _add(build, "key")
        assert await storage.queue.get(job.id) == job
        assert await storage.queue.discard(job.id)
        assert not await storage.queue.discard(job.id)
        assert await storage.queue.get(job.id) is None

    async def test_jobs_are_counted_by_kind_and_state(self, storage: Storage, build: Builder) -> None:
        assert list(await storage.queue.count()) == []
        for key, due in (("a", 30), ("b", 10), ("c", 20)):
            await _add(build, key, due_at=NOON + due)
        await _add(build, "key", kind="other")
        (dead,) = await storage.queue.claim(NOON + 10, limit=1, lease=1000, kinds=["suite"])
        await storage.queue.bury(dead, error="")
        assert [
            (each.kind, each.state, each.count, each.oldest_due_at) for each in await storage.queue.count()
        ] == [
            ("other", "queued", 1, NOON),
            ("suite", "dead", 1, NOON + 10),
            ("suite", "queued", 2, NOON + 20),
        ]

    async def test_when_something_is_due_next_is_known(self, storage: Storage, build: Builder) -> None:
        assert await storage.queue.next_due() is None
        await _add(build, "late", due_at=NOON + 9000)
        job = await _add(build, "soon", due_at=NOON + 1000)
        assert await storage.queue.next_due() == NOON + 1000
        (claimed,) = await storage.queue.claim(NOON + 1000, limit=1, lease=3000)
        assert claimed.id == job.id
        assert await storage.queue.next_due() == NOON + 4000
        await storage.queue.bury(claimed, error="")
        assert await storage.queue.next_due() == NOON + 9000
        await _add(build, "other", kind="other", due_at=NOON + 500)
        assert await storage.queue.next_due() == NOON + 500
        assert await storage.queue.next_due(["suite", "none"]) == NOON + 9000
        assert await storage.queue.next_due(["none"]) is None
