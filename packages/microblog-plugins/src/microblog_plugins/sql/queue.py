"""The contract's `Queue` on SQL: every call is a small unit of work of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from microblog_core.domain.jobs import HOUR, HourTally, JobTally, Measure
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobCount, KindOverview
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads import jobs
from microblog_plugins.sql.rows import JOB, columns, job_of
from microblog_plugins.sql.steps import Reader, Run, Steps, reads
from microblog_plugins.sql.writes import queue

T = TypeVar("T")

_TALLIES = "SELECT slot, kind, measure, bucket, count FROM job_tallies WHERE slot >= :since"
_HOURS = (
    f"SELECT slot - slot % {HOUR} AS hour, measure, SUM(count) FROM job_tallies WHERE slot >= :since"
    " GROUP BY hour, measure"
)
_COUNT = "SELECT kind, state, COUNT(*), MIN(due_at) FROM jobs GROUP BY kind, state ORDER BY kind, state"

# The states are written out, or SQLite would not use the index of dead jobs.
_JOBS = {
    (state, of_kind): Source(
        columns(JOB, "j"),
        f"jobs j WHERE j.state = '{state}'{' AND j.kind = :kind' if of_kind else ''}",
        "j.id",
    )
    for state in ("queued", "leased", "dead")
    for of_kind in (False, True)
}


class Write(Protocol):
    """Runs steps in a unit of work; they may be made and run again."""

    def __call__(self, make: Callable[[], Steps[T]], /) -> Coroutine[Any, Any, T]:
        """The result of the steps, once it is committed."""
        ...


class SqlQueue(Reader):
    """The outbox, for any number of processes."""

    def __init__(self, dialect: Dialect, run: Run, write: Write) -> None:
        super().__init__(dialect, run)
        self._write = write

    async def claim(
        self, now: int, *, limit: int, lease: int, kinds: Sequence[str] = (), begun: bool = True
    ) -> Sequence[Job]:
        """Take due jobs, oldest due first, for `lease` milliseconds."""
        return await self._write(lambda: queue.claim(self._dialect, now, limit, lease, kinds, begun))

    async def begin(self, jobs: Sequence[Job], *, until: int) -> Sequence[Job]:
        """Those that nobody else has begun."""
        return await self._write(lambda: queue.begin(self._dialect, jobs, until)) if jobs else ()

    async def hand_back(self, jobs: Sequence[Job]) -> None:
        """Nobody begins these."""
        if jobs:
            await self._write(lambda: queue.hand_back(self._dialect, jobs))

    async def renew(self, jobs: Sequence[Job], *, until: int) -> None:
        """These still run."""
        if jobs:
            await self._write(lambda: queue.renew(self._dialect, jobs, until))

    async def finish(self, job_ids: Sequence[int]) -> None:
        """These are done; their rows go."""
        if job_ids:
            await self._write(lambda: queue.finish(self._dialect, job_ids))

    async def retry(self, job_id: int, *, due_at: int, error: str) -> None:
        """Queue it again."""
        await self._write(lambda: queue.retry(job_id, due_at, error))

    async def bury(self, job_id: int, *, error: str) -> None:
        """Keep it among the dead."""
        await self._write(lambda: queue.bury(job_id, error))

    async def revive(self, job_id: int, *, due_at: int) -> bool:
        """Queue a dead job anew."""
        return await self._write(lambda: queue.revive(job_id, due_at))

    async def discard(self, job_id: int) -> bool:
        """Remove a job, whatever its state."""
        return await self._write(lambda: queue.discard(job_id))

    @reads
    def next_due(self, kinds: Sequence[str] = ()) -> Steps[int | None]:
        """When the next job can be claimed."""
        return (yield from queue.next_due(self._dialect, kinds))

    @reads
    def get(self, job_id: int) -> Steps[Job | None]:
        """One job."""
        rows = yield f"SELECT {columns(JOB, 'j')} FROM jobs j WHERE j.id = :id", {"id": job_id}
        return job_of(rows[0]) if rows else None

    @reads
    def count(self) -> Steps[Sequence[JobCount]]:
        """How many there are of each kind in each state."""
        rows = yield _COUNT, {}
        return tuple(
            JobCount(kind=kind, state=state, count=count, oldest_due_at=due)
            for kind, state, count, due in rows
        )

    @reads
    def page(self, state: str, page: Page, *, kind: str = "") -> Steps[Listing[Job]]:
        """Jobs in a state, newest first."""
        source = _JOBS[state, bool(kind)]
        return mapped((yield from read_page(source, {"kind": kind} if kind else {}, page)), job_of)

    @reads
    def overview(self, now: int) -> Steps[Sequence[KindOverview]]:
        """How the kinds stand of which there are jobs."""
        return (yield from jobs.overview(self._dialect, now))

    @reads
    def tallies(self, since: int) -> Steps[Sequence[JobTally]]:
        """What was counted of how jobs went."""
        rows = yield _TALLIES, {"since": since}
        return tuple(
            JobTally(slot=slot, kind=kind, measure=Measure(measure), bucket=bucket, count=count)
            for slot, kind, measure, bucket, count in rows
        )

    @reads
    def hours(self, since: int) -> Steps[Sequence[HourTally]]:
        """What was counted, by the hour."""
        rows = yield _HOURS, {"since": since}
        return tuple(
            HourTally(hour=hour, measure=Measure(measure), count=int(count)) for hour, measure, count in rows
        )
