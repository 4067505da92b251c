"""The outbox as a queue, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.jobs import HOUR, HourTally, JobTally, Measure
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import COUNTED, JobCount, KindOverview


class MemoryQueue:
    """A `ports.storage.Queue`. Each call is atomic, since nothing is awaited in it."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def claim(
        self, now: int, *, limit: int, lease: int, kinds: Sequence[str] = (), begun: bool = True
    ) -> Sequence[Job]:
        """Take due jobs, and jobs whose lease has ended."""
        due = [
            job
            for job in self._tables.jobs.rows.values()
            if _ready_at(job) <= now and job.state != "dead" and (not kinds or job.kind in kinds)
        ]
        claimed = []
        for job in sorted(due, key=lambda job: (_ready_at(job), job.id))[:limit]:
            mine = replace(job, state="leased", attempts=job.attempts + begun, lease_until=now + lease)
            self._put(mine)
            claimed.append(mine)
        return tuple(claimed)

    async def begin(self, jobs: Sequence[Job], *, until: int) -> Sequence[Job]:
        """Those that nobody else has begun."""
        mine = [
            replace(known, attempts=known.attempts + 1, lease_until=until) for known in self._unbegun(jobs)
        ]
        for job in mine:
            self._put(job)
        return tuple(mine)

    async def hand_back(self, jobs: Sequence[Job]) -> None:
        """Nobody begins these."""
        for known in self._unbegun(jobs):
            self._put(replace(known, state="queued", lease_until=0))

    def _unbegun(self, jobs: Sequence[Job]) -> Sequence[Job]:
        known = [(job, self._tables.jobs.get(job.id)) for job in jobs]
        return [
            row
            for job, row in known
            if row is not None and row.state == "leased" and _claim_of(row) == _claim_of(job)
        ]

    async def renew(self, jobs: Sequence[Job], *, until: int) -> None:
        """These still run."""
        for job in jobs:
            known = self._held(job)
            if known is not None:
                self._put(replace(known, lease_until=until))

    async def finish(self, jobs: Sequence[Job]) -> None:
        """These are done."""
        for job in jobs:
            if self._held(job) is not None:
                self._remove(job.id)

    async def retry(self, job: Job, *, due_at: int, error: str) -> bool:
        """Queue it again."""
        known = self._held(job)
        if known is not None:
            self._put(replace(known, state="queued", due_at=due_at, lease_until=0, error=error))
        return known is not None

    async def bury(self, job: Job, *, error: str) -> bool:
        """Keep it among the dead."""
        known = self._held(job)
        if known is not None:
            self._put(replace(known, state="dead", lease_until=0, error=error))
        return known is not None

    async def revive(self, job_id: int, *, due_at: int) -> bool:
        """Queue a dead job anew."""
        job = self._tables.jobs.get(job_id)
        if job is None or job.state != "dead":
            return False
        self._put(replace(job, state="queued", due_at=due_at, attempts=0))
        return True

    async def next_due(self, kinds: Sequence[str] = ()) -> int | None:
        """When something can be claimed next."""
        jobs = self._tables.jobs.rows.values()
        waiting = (_ready_at(job) for job in jobs if job.state != "dead" and (not kinds or job.kind in kinds))
        return min(waiting, default=None)

    async def get(self, job_id: int) -> Job | None:
        """One job."""
        return self._tables.jobs.get(job_id)

    async def count(self) -> Sequence[JobCount]:
        """How many there are."""
        found: dict[tuple[str, str], list[int]] = {}
        for job in self._tables.jobs.rows.values():
            found.setdefault((job.kind, job.state), []).append(job.due_at)
        return tuple(
            JobCount(kind=kind, state=state, count=len(due), oldest_due_at=min(due))
            for (kind, state), due in sorted(found.items())
        )

    async def page(self, state: str, page: Page, *, kind: str = "") -> Listing[Job]:
        """Jobs in a state, newest first."""
        jobs = self._tables.jobs.rows.values()
        found = (job for job in jobs if job.state == state and kind in ("", job.kind))
        return cut(found, page, lambda job: job.id)

    async def overview(self, now: int) -> Sequence[KindOverview]:
        """How the kinds stand."""
        kinds: dict[str, list[Job]] = {}
        for job in self._tables.jobs.rows.values():
            kinds.setdefault(job.kind, []).append(job)
        return tuple(_overview(kind, jobs, now) for kind, jobs in sorted(kinds.items()))

    async def tallies(self, since: int) -> Sequence[JobTally]:
        """What was counted since."""
        return tuple(
            JobTally(slot=slot, kind=kind, measure=measure, bucket=bucket, count=count)
            for (slot, kind, measure, bucket), count in self._tables.job_tallies.rows.items()
            if slot >= since
        )

    async def hours(self, since: int) -> Sequence[HourTally]:
        """What was counted by the hour."""
        found: dict[tuple[int, Measure], int] = {}
        for each in await self.tallies(since):
            key = (each.slot // HOUR * HOUR, each.measure)
            found[key] = found.get(key, 0) + each.count
        return tuple(HourTally(hour=hour, measure=of, count=count) for (hour, of), count in found.items())

    async def discard(self, job_id: int) -> bool:
        """Remove it."""
        known = self._tables.jobs.get(job_id) is not None
        self._remove(job_id)
        return known

    def _held(self, job: Job) -> Job | None:
        """The row, unless somebody else has settled or begun it."""
        known = self._tables.jobs.get(job.id)
        if known is None or known.state != "leased" or known.attempts != job.attempts:
            return None
        return known

    def _put(self, job: Job) -> None:
        self._tables.jobs.put(job.id, job)
        self._tables.jobs.keep()

    def _remove(self, job_id: int) -> None:
        self._tables.jobs.remove(job_id)
        self._tables.jobs.keep()


def _claim_of(job: Job) -> tuple[int, int]:
    """What tells one claim of a job from another."""
    return job.attempts, job.lease_until


def _ready_at(job: Job) -> int:
    return job.due_at if job.state == "queued" else job.lease_until


def _overview(kind: str, jobs: Sequence[Job], now: int) -> KindOverview:
    alive = [job for job in jobs if job.state != "dead"]
    due = sum(_ready_at(job) <= now for job in alive)
    running = sum(job.state == "leased" and _ready_at(job) > now for job in alive)

    def bounded(count: int) -> int:
        return min(count, COUNTED + 1)

    return KindOverview(
        kind=kind,
        due=bounded(due),
        running=bounded(running),
        scheduled=bounded(len(alive) - due - running),
        dead=bounded(len(jobs) - len(alive)),
        next_at=min(map(_ready_at, alive), default=None),
    )
