"""How kinds of jobs stand, how jobs went, and what goes when it has had its time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from microblog_core.domain.accounts import Session
from microblog_core.domain.applications import CODE_MILLISECONDS
from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.jobs import HOUR, SLOT, HourTally, JobTally, Measure
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import (
    AddCode,
    AddDelivery,
    AddIdempotencyKey,
    AddJob,
    AddJobTallies,
    AddSession,
    DiscardJobs,
    Job,
    Operation,
    RemoveExpired,
    ReviveJobs,
)
from microblog_core.ports.operations.housekeeping import Expired
from microblog_core.ports.queue import KindOverview
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.applications import allow, make_application, make_code
from microblog_core.testing.storage.base import ALL, StorageTests


async def _jobs(build: Builder, kind: str, count: int, *, due_at: int = NOON) -> list[Job]:
    ids = [build.next_id() for _ in range(count)]
    jobs = [
        Job(id=job_id, kind=kind, key=str(job_id), payload=b"{}", due_at=due_at, created_at=1)
        for job_id in ids
    ]
    await build.apply(*(AddJob(job=job) for job in jobs))
    return jobs


async def _bury(storage: Storage, jobs: Sequence[Job]) -> None:
    """Claim what is due of these kinds, begin and bury these, and hand the others back."""
    wanted, kinds = {job.id for job in jobs}, sorted({job.kind for job in jobs})
    now = max(job.due_at for job in jobs)
    claimed = await storage.queue.claim(now, limit=1000, lease=5000, kinds=kinds, begun=False)
    await storage.queue.hand_back([job for job in claimed if job.id not in wanted])
    mine = [job for job in claimed if job.id in wanted]
    for job in await storage.queue.begin(mine, until=now + 5000):
        assert await storage.queue.bury(job, error="no")


class JobsPageTests(StorageTests):
    """What operators see of jobs, and what they do with those that failed for good."""

    async def test_an_overview_tells_due_scheduled_running_and_dead_apart(
        self, storage: Storage, build: Builder
    ) -> None:
        await _jobs(build, "two", 3)
        await storage.queue.claim(NOON, limit=1, lease=5000, kinds=["two"])
        await _jobs(build, "two", 4, due_at=NOON + 60_000)
        await _bury(storage, (await _jobs(build, "two", 5))[:4])
        await _bury(storage, await _jobs(build, "dead", 2))
        await _jobs(build, "later", 1, due_at=NOON + 7)
        two = KindOverview(kind="two", due=3, running=1, scheduled=4, dead=4, next_at=NOON)
        assert list(await storage.queue.overview(NOON)) == [
            KindOverview(kind="dead", dead=2),
            KindOverview(kind="later", scheduled=1, next_at=NOON + 7),
            two,
        ]
        (again,) = (each for each in await storage.queue.overview(NOON + 5000) if each.kind == "two")
        assert again == msgspec.structs.replace(two, due=4, running=0), "a lease that has ended is due"

    async def test_no_jobs_are_no_kinds(self, storage: Storage, build: Builder) -> None:
        assert list(await storage.queue.overview(NOON)) == []

    async def test_the_jobs_of_one_kind_are_paged(self, storage: Storage, build: Builder) -> None:
        ones, twos = await _jobs(build, "one", 3), await _jobs(build, "two", 3)
        await _bury(storage, [*ones, *twos[:2]])
        page = await storage.queue.page("dead", Page(limit=2), kind="one")
        assert [job.id for job in page.items] == [ones[2].id, ones[1].id]
        assert page.older == ones[1].id
        rest = await storage.queue.page("dead", Page(limit=2, max_id=page.older), kind="one")
        assert ([job.id for job in rest.items], rest.older) == ([ones[0].id], None)
        assert [job.id for job in (await storage.queue.page("queued", ALL, kind="two")).items] == [twos[2].id]
        assert (await storage.queue.page("queued", ALL, kind="one")).items == ()

    async def test_only_dead_jobs_are_revived_and_discarded_together(
        self, storage: Storage, build: Builder
    ) -> None:
        revived, discarded, waiting = await _jobs(build, "kind", 3)
        await _bury(storage, [revived, discarded])
        await build.apply(ReviveJobs(job_ids=(revived.id, waiting.id, 1), due_at=NOON + 9))
        await build.apply(DiscardJobs(job_ids=(discarded.id, waiting.id, 1)))
        assert await storage.queue.get(discarded.id) is None
        assert await storage.queue.get(waiting.id) == waiting
        job = await storage.queue.get(revived.id)
        assert job is not None
        assert (job.state, job.due_at, job.attempts) == ("queued", NOON + 9, 0)
        assert [job.id for job in await storage.queue.claim(NOON + 9, limit=5, lease=1)] == [
            waiting.id,
            revived.id,
        ]

    async def test_how_jobs_went_is_added_up(self, storage: Storage, build: Builder) -> None:
        hour = NOON // HOUR * HOUR
        first = JobTally(slot=hour, kind="one", measure=Measure.DONE, bucket=3, count=2)
        others = (
            msgspec.structs.replace(first, bucket=4),
            msgspec.structs.replace(first, kind="two", measure=Measure.WAITED),
            msgspec.structs.replace(first, slot=hour + SLOT),
            msgspec.structs.replace(first, slot=hour + HOUR, measure=Measure.FAILED),
        )
        await build.apply(AddJobTallies(tallies=(first, *others)), AddJobTallies(tallies=(first,)))
        twice = msgspec.structs.replace(first, count=4)
        assert set(await storage.queue.tallies(hour)) == {twice, *others}
        assert set(await storage.queue.tallies(hour + SLOT)) == set(others[2:])
        assert set(await storage.queue.hours(hour)) == {
            HourTally(hour=hour, measure=Measure.DONE, count=8),
            HourTally(hour=hour, measure=Measure.WAITED, count=2),
            HourTally(hour=hour + HOUR, measure=Measure.FAILED, count=2),
        }
        assert set(await storage.queue.hours(hour + HOUR)) == {
            HourTally(hour=hour + HOUR, measure=Measure.FAILED, count=2)
        }


class HousekeepingTests(StorageTests):
    """What ended before a moment is counted and removed, what ended first first, and nothing else is."""

    async def _made(self, what: Expired, storage: Storage, build: Builder, ends: Sequence[int]) -> None:
        """One thing for each end, and some that have none."""
        account = await build.account("keeper")
        made: list[Operation] = []
        for number, end in enumerate(ends):
            if what is Expired.ADDRESSES:
                session = Session(
                    token_hash=f"hash{number}",
                    account_id=account.id,
                    created_at=end,
                    expires_at=NOON + 1_000_000,
                    address="2001:db8::7",
                )
                made.append(AddSession(session=session))
            elif what is Expired.SESSIONS:
                session = Session(
                    token_hash=f"hash{number}",
                    account_id=account.id,
                    created_at=1,
                    expires_at=end,
                    user_agent="",
                )
                made.append(AddSession(session=session))
            elif what is Expired.IDEMPOTENCY_KEYS:
                key = AddIdempotencyKey(account_id=account.id, key=f"k{number}", result_id=1, created_at=end)
                made.append(key)
            elif what is Expired.TALLIES:
                tally = JobTally(slot=end, kind="kind", measure=Measure.DONE, bucket=1, count=1)
                made.append(AddJobTallies(tallies=(tally,)))
            elif what is Expired.DELIVERIES:
                made.append(
                    AddDelivery(
                        account_id=account.id,
                        channel="mail",
                        frequency=Frequency.DAILY,
                        notification_id=(end << 16) + number,
                    )
                )
            else:
                await _bury(storage, await _jobs(build, f"kind{number}", 1, due_at=end))
        if what is Expired.DEAD_JOBS:
            await _jobs(build, "alive", 2, due_at=1)
        await build.apply(*made)

    async def test_codes_that_were_used_stay(self, storage: Storage, build: Builder) -> None:
        application, account = await make_application(build), await build.account("ada")
        await build.apply(AddCode(code=make_code(build, application, account, "unused")))
        end = build.clock.now() + CODE_MILLISECONDS
        build.clock.advance(1)
        await allow(build, application, account, "token")
        assert await storage.expired.count(Expired.CODES, end, 10) == 0
        assert await storage.expired.count(Expired.CODES, end + 1, 10) == 1
        await build.apply(RemoveExpired(what=Expired.CODES, before=end + 1, limit=10))
        assert await storage.applications.code("unused") is None
        assert await storage.applications.code("code of token") is not None

    @pytest.mark.parametrize("what", [each for each in Expired if each is not Expired.CODES])
    async def test_what_ended_goes_and_the_rest_stays(
        self, storage: Storage, build: Builder, what: Expired
    ) -> None:
        await self._made(what, storage, build, [NOON + 30, NOON + 10, NOON + 20, NOON + 40])

        async def ended(before: int, limit: int = 100) -> int:
            return await storage.expired.count(what, before, limit)

        assert [await ended(NOON + at) for at in (10, 11, 40, 41)] == [0, 1, 3, 4]
        assert await ended(NOON + 41, limit=2) == 2
        await build.apply(RemoveExpired(what=what, before=NOON + 40, limit=2))
        assert [await ended(NOON + at) for at in (21, 40, 41)] == [0, 1, 2], "what ended first went"
        await build.apply(RemoveExpired(what=what, before=NOON + 40, limit=100))
        assert [await ended(NOON + at) for at in (40, 41)] == [0, 1]
        if what is Expired.ADDRESSES:
            (account,) = (await storage.accounts.page(ALL)).items
            kept = await storage.sessions.of(account.id, NOON)
            assert [session.address for session in kept] == ["2001:db8::7", "", "", ""], "the sessions stay"
        if what is Expired.DEAD_JOBS:
            assert len((await storage.queue.page("queued", ALL)).items) == 2
