"""The contract's `Queue` on SQL: every call is a small unit of work of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import Job
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import JOB, columns, job_of
from microblog_plugins.sql.steps import Reader, Run, Steps, reads
from microblog_plugins.sql.writes import queue

T = TypeVar("T")

_JOBS = Source(columns(JOB, "j"), "jobs j WHERE j.state = :state", "j.id")


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

    async def claim(self, now: int, *, limit: int, lease: int, kinds: Sequence[str] = ()) -> Sequence[Job]:
        """Take due jobs, oldest due first, for `lease` milliseconds."""
        return await self._write(lambda: queue.claim(self._dialect, now, limit, lease, kinds))

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

    async def discard(self, job_id: int) -> None:
        """Remove a job, whatever its state."""
        await self.finish((job_id,))

    @reads
    def next_due(self) -> Steps[int | None]:
        """When the next job can be claimed."""
        return (yield from queue.next_due(self._dialect))

    @reads
    def page(self, state: str, page: Page) -> Steps[Listing[Job]]:
        """Jobs in a state, newest first."""
        return mapped((yield from read_page(_JOBS, {"state": state}, page)), job_of)
