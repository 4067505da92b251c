"""The storage: core's reference storage in memory, with every commit and queue change in a journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from microblog_core.domain.errors import Unavailable
from microblog_core.domain.jobs import HourTally, JobTally
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports import operations as ops
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobCount, KindOverview, Queue
from microblog_journal.journal import Journal, decode, encode


class JournalStorage(MemoryStorage):
    """Everything in memory; every write in one file, on the disk before it is acknowledged."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._journal: Journal | None = None
        self._turn = asyncio.Lock()
        self._replayed = self.queue
        self.queue: Queue = JournaledQueue(self.queue, self)

    async def open(self) -> None:
        """Replay the journal. Raises `ConfigurationError` if another process holds it."""
        if self._journal is not None:
            return
        journal = Journal(self._path)
        for kind, *arguments in journal.records():
            if kind == "commit":
                await self._replay(decode(arguments[0]))
            elif kind == "finish":
                for job_id in arguments[0]:
                    await self._replayed.discard(job_id)
            elif kind == "settle":
                job = msgspec.convert(arguments[0], Job)
                await self._replayed.discard(job.id)
                await super().commit([ops.AddJob(job=job)])
            elif kind == "revive":
                await self._replayed.revive(arguments[0], due_at=arguments[1])
            elif kind == "discard":
                await self._replayed.discard(arguments[0])
        self._journal = journal

    async def _replay(self, operations: Sequence[ops.Operation]) -> None:
        # Claims aren't in the journal, so no attempts either: that the job was held was decided then.
        for operation in operations:
            if isinstance(operation, ops.EndJob):
                await self._replayed.discard(operation.job_id)
        await super().commit([each for each in operations if not isinstance(each, ops.EndJob)])

    async def close(self) -> None:
        """Wait for the last write and let the file go."""
        async with self._turn:
            if self._journal is not None:
                self._journal.close()
                self._journal = None

    async def commit(self, operations: Sequence[ops.Operation]) -> None:
        """Apply all operations in memory, or none, then write them down; one unit after the other."""
        async with self._turn:
            await super().commit(operations)
            await self._write(encode(operations))

    @asynccontextmanager
    async def noting(self, *record: object) -> AsyncIterator[list[object]]:
        """Hold the turn while the queue changes in memory, then write the change down: the file has that
        order. The record may be filled meanwhile; an empty one is not written.
        """
        async with self._turn:
            noted = list(record)
            yield noted
            if noted:
                await self._write(noted)

    async def _write(self, record: Sequence[object]) -> None:
        if self._journal is None:
            raise Unavailable("The journal is not open.", hint="Restart the site.")
        try:
            await asyncio.to_thread(self._journal.append, record)
        except OSError as error:
            # Memory is ahead of the file now; nothing may be acknowledged until a restart reads it again.
            self._journal.close()
            self._journal = None
            raise Unavailable(
                f"The journal can't be written: {error}", hint="Mend the disk and restart."
            ) from error


class JournaledQueue:
    """The outbox as a queue. Claims are forgotten with the process, so that the next one does its jobs."""

    def __init__(self, queue: Queue, storage: JournalStorage) -> None:
        self._queue = queue
        self._storage = storage

    async def claim(
        self, now: int, *, limit: int, lease: int, kinds: Sequence[str] = (), begun: bool = True
    ) -> Sequence[Job]:
        """Take due jobs, and jobs whose lease has ended."""
        return await self._queue.claim(now, limit=limit, lease=lease, kinds=kinds, begun=begun)

    async def begin(self, jobs: Sequence[Job], *, until: int) -> Sequence[Job]:
        """Those that nobody else has begun."""
        return await self._queue.begin(jobs, until=until)

    async def hand_back(self, jobs: Sequence[Job]) -> None:
        """Nobody begins these."""
        await self._queue.hand_back(jobs)

    async def renew(self, jobs: Sequence[Job], *, until: int) -> None:
        """These still run."""
        await self._queue.renew(jobs, until=until)

    async def finish(self, jobs: Sequence[Job]) -> None:
        """These are done."""
        async with self._storage.noting() as record:
            await self._queue.finish(jobs)
            gone = [job.id for job in jobs if await self._queue.get(job.id) is None]
            record += ["finish", gone] if gone else []

    async def retry(self, job: Job, *, due_at: int, error: str) -> bool:
        """Queue it again."""
        async with self._storage.noting() as record:
            held = await self._queue.retry(job, due_at=due_at, error=error)
            record += ["settle", await self._queue.get(job.id)] if held else []
            return held

    async def bury(self, job: Job, *, error: str) -> bool:
        """Keep it among the dead."""
        async with self._storage.noting() as record:
            held = await self._queue.bury(job, error=error)
            record += ["settle", await self._queue.get(job.id)] if held else []
            return held

    async def revive(self, job_id: int, *, due_at: int) -> bool:
        """Queue a dead job anew."""
        async with self._storage.noting("revive", job_id, due_at):
            return await self._queue.revive(job_id, due_at=due_at)

    async def next_due(self, kinds: Sequence[str] = ()) -> int | None:
        """When something can be claimed next."""
        return await self._queue.next_due(kinds)

    async def get(self, job_id: int) -> Job | None:
        """One job."""
        return await self._queue.get(job_id)

    async def count(self) -> Sequence[JobCount]:
        """How many there are of each kind in each state."""
        return await self._queue.count()

    async def page(self, state: str, page: Page, *, kind: str = "") -> Listing[Job]:
        """Jobs in a state, newest first."""
        return await self._queue.page(state, page, kind=kind)

    async def overview(self, now: int) -> Sequence[KindOverview]:
        """How the kinds stand of which there are jobs."""
        return await self._queue.overview(now)

    async def tallies(self, since: int) -> Sequence[JobTally]:
        """What was counted of how jobs went."""
        return await self._queue.tallies(since)

    async def hours(self, since: int) -> Sequence[HourTally]:
        """What was counted, by the hour."""
        return await self._queue.hours(since)

    async def discard(self, job_id: int) -> bool:
        """Remove it."""
        async with self._storage.noting("discard", job_id):
            return await self._queue.discard(job_id)
