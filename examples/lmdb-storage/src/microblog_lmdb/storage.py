"""The storage: core's reference storage in memory, with every change on LMDB before it is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import lmdb
from msgspec.structs import replace

from microblog_core.domain.errors import Unavailable
from microblog_core.memory.queue import MemoryQueue
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports import operations as ops
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import Queue
from microblog_lmdb.engine import Engine

_OF_JOBS = (ops.AddJob, ops.EndJob)


class LmdbStorage(MemoryStorage):
    """Everything in memory, and on LMDB."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._engine: Engine | None = None
        self._turn = asyncio.Lock()
        self._written: dict[int, Job] = {}
        self.queue: Queue = LmdbQueue(self)

    async def open(self) -> None:
        """Read everything. Raises `ConfigurationError` if another process holds the folder."""
        if self._engine is not None:
            return
        engine = Engine(self._folder)
        for unit in engine.units():
            await super().commit(unit)
        for job in engine.jobs():
            # Whoever had begun it is gone.
            waits = replace(job, state="queued", lease_until=0) if job.state == "leased" else job
            await super().commit([ops.AddJob(job=waits)])
        self._written = dict(self.jobs())
        self._engine = engine

    async def close(self) -> None:
        """Wait for the last write and let the folder go."""
        async with self._turn:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        """Apply all operations in memory, or none, then write them; one unit after the other."""
        async with self.writing([each for each in operations if not isinstance(each, _OF_JOBS)]):
            await super().commit(operations)

    def jobs(self) -> dict[int, Job]:
        """The jobs that there are in memory, by id."""
        return self._tables.jobs.rows

    @asynccontextmanager
    async def writing(self, unit: Sequence[ops.Operation] = ()) -> AsyncIterator[None]:
        """Hold the turn while something changes in memory; then write the unit, and the jobs that are other
        than they were.
        """
        async with self._turn:
            if self._engine is None:
                raise Unavailable("The storage is not open.", hint="Restart the site.")
            yield
            now, before = dict(self.jobs()), self._written
            changed: dict[int, Job | None] = dict.fromkeys(before.keys() - now.keys())
            changed |= {key: job for key, job in now.items() if before.get(key) is not job}
            try:
                await asyncio.to_thread(self._engine.write, unit, changed)
            except lmdb.Error as error:
                # Memory is ahead of the file now: nothing is acknowledged until a restart reads it again.
                self._engine.close()
                self._engine = None
                raise Unavailable(
                    f"LMDB can't be written: {error}", hint="Mend the disk and restart."
                ) from error
            self._written = now


class LmdbQueue(MemoryQueue):
    """The outbox as a queue. Claims are written with the next change at the latest: who comes after a crash
    does again what was begun.
    """

    def __init__(self, storage: LmdbStorage) -> None:
        super().__init__(storage._tables)
        self._storage = storage

    async def finish(self, jobs: Sequence[Job]) -> None:
        """These are done."""
        async with self._storage.writing():
            await super().finish(jobs)

    async def retry(self, job: Job, *, due_at: int, error: str) -> bool:
        """Queue it again."""
        async with self._storage.writing():
            return await super().retry(job, due_at=due_at, error=error)

    async def bury(self, job: Job, *, error: str) -> bool:
        """Keep it among the dead."""
        async with self._storage.writing():
            return await super().bury(job, error=error)

    async def revive(self, job_id: int, *, due_at: int) -> bool:
        """Queue a dead job anew."""
        async with self._storage.writing():
            return await super().revive(job_id, due_at=due_at)

    async def discard(self, job_id: int) -> bool:
        """Remove it."""
        async with self._storage.writing():
            return await super().discard(job_id)
