"""The contract's `Queue` on SQL: every call is a small unit of work of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from microblog_core.domain.jobs import HourTally, JobTally
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobCount, KindOverview
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.reads.jobs import Figures
from microblog_plugins.sql.rows import JOB, columns, job_of
from microblog_plugins.sql.steps import Reader, Run, Steps, reads
from microblog_plugins.sql.writes import queue

T = TypeVar("T")


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
    """The outbox, for any number of processes. `aside` runs what reads more than a page, where that is not to
    keep others waiting.
    """

    def __init__(self, kept: Kept, run: Run, write: Write, aside: Run | None = None) -> None:
        super().__init__(kept, run)
        self._write = write
        self._figures = Figures(kept, aside or run)

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

    async def finish(self, jobs: Sequence[Job]) -> None:
        """These are done; their rows go."""
        if jobs:
            await self._write(lambda: queue.finish(self._dialect, jobs))

    async def retry(self, job: Job, *, due_at: int, error: str) -> bool:
        """Queue it again."""
        return await self._write(lambda: queue.retry(job, due_at, error))

    async def bury(self, job: Job, *, error: str) -> bool:
        """Keep it among the dead."""
        return await self._write(lambda: queue.bury(job, error))

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

    async def count(self) -> Sequence[JobCount]:
        """How many there are of each kind in each state."""
        return await self._figures.count()

    @reads
    def page(self, state: str, page: Page, *, kind: str = "") -> Steps[Listing[Job]]:
        """Jobs in a state, newest first."""
        source = _JOBS[state, bool(kind)]
        return mapped((yield from read_page(source, {"kind": kind} if kind else {}, page)), job_of)

    async def overview(self, now: int) -> Sequence[KindOverview]:
        """How the kinds stand of which there are jobs."""
        return await self._figures.overview(now)

    async def tallies(self, since: int) -> Sequence[JobTally]:
        """What was counted of how jobs went."""
        return await self._figures.tallies(since)

    async def hours(self, since: int) -> Sequence[HourTally]:
        """What was counted, by the hour."""
        return await self._figures.hours(since)
