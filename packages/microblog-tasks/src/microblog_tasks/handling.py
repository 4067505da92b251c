"""The worker's side of a broker: begins the jobs that messages invite to, and has them run and settled."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskiq import AsyncBroker

from microblog_core.ports.operations import Job
from microblog_core.runtime.executor import JobExecutor
from microblog_tasks.messages import TASK, invited

if TYPE_CHECKING:
    from microblog_core.site import Site

AGAIN_SECONDS = 1.0
"""How long outcomes wait that could not be written."""

logger = logging.getLogger(__name__)


class SiteJobs:
    """Runs the jobs of one site that messages invite to.

    Jobs are begun in batches: what arrives while one batch is being begun is the next. A message whose claim
    is gone is a duplicate of one that somebody has taken, and nothing is done about it.
    """

    def __init__(self, site: Site) -> None:
        self._name = site.name
        self._queue = site.ports.storage.queue
        self._woken = asyncio.Event()
        self._executor = JobExecutor(site, wake=self._woken.set)
        self._limits = {
            name: asyncio.Semaphore(kind.limit)
            for name, kind in self._executor.kinds.items()
            if kind.limit is not None
        }
        self._invited: list[tuple[Job, asyncio.Future[Job | None]]] = []
        self._beginning: asyncio.Task[None] | None = None
        self._unknown: set[str] = set()
        self.skipped = 0

    @property
    def finished(self) -> int:
        """How many jobs ended well here."""
        return self._executor.finished

    async def run(self, claimed: Job) -> None:
        """Begin a job and wait until it is written what became of it; never raises because of the job.

        A kind that this process doesn't know is left alone: its claim ends, and the job is sent again.
        """
        if claimed.kind not in self._executor.kinds:
            self._complain(claimed.kind)
            return
        async with self._limits.get(claimed.kind) or contextlib.nullcontext():
            job = await self._begin(claimed)
            if job is None:
                self.skipped += 1
            else:
                await self._executor.start(job)

    async def work(self, stop: asyncio.Event) -> None:
        """Settle until `stop` is set; then end what runs within seconds, as the embedded runner does."""
        keeper = asyncio.create_task(self._executor.keep_leases())
        ender = asyncio.create_task(self._wake_on(stop))
        try:
            while not stop.is_set():
                await self._woken.wait()
                self._woken.clear()
                try:
                    await self._executor.settle()
                except Exception:
                    logger.exception("What became of jobs of the site %s could not be written", self._name)
                    await asyncio.sleep(AGAIN_SECONDS)
                    self._woken.set()
        finally:
            self._executor.stopping = True
            if self._beginning is not None:
                await self._beginning
            await self._executor.drain()
            ender.cancel()
            keeper.cancel()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._executor.stopping = True
        self._woken.set()

    async def _begin(self, claimed: Job) -> Job | None:
        """The job as it is now; None where somebody else has begun it, or where this process stops."""
        future: asyncio.Future[Job | None] = asyncio.get_running_loop().create_future()
        self._invited.append((claimed, future))
        if self._beginning is None:
            self._beginning = asyncio.create_task(self._begin_all())
        return await future

    async def _begin_all(self) -> None:
        try:
            # Others of the same turn of the loop come along.
            await asyncio.sleep(0)
            while self._invited:
                batch, self._invited = self._invited, []
                begun = await self._begun([claimed for claimed, _ in batch])
                for claimed, future in batch:
                    if not future.done():
                        future.set_result(begun.pop(claimed.id, None))
        finally:
            self._beginning = None

    async def _begun(self, claimed: Sequence[Job]) -> dict[int, Job]:
        try:
            if self._executor.stopping:
                await self._queue.hand_back(claimed)
                return {}
            begun = await self._queue.begin(claimed, until=self._executor.lease())
        except Exception:
            # Their claims end, and they are sent again.
            logger.exception("%s jobs of the site %s could not be begun", len(claimed), self._name)
            return {}
        return {job.id: job for job in begun}

    def _complain(self, kind: str) -> None:
        if kind not in self._unknown:
            self._unknown.add(kind)
            logger.error(
                "Nobody here runs the job %s of the site %s. Give all workers the same plugins.",
                kind,
                self._name,
            )


def bind(broker: AsyncBroker, jobs: Sequence[tuple[str, SiteJobs]]) -> None:
    """Make the task of the broker that runs the jobs of these sites, by name."""
    sites = dict(jobs)

    async def run(site: str, job_id: int, kind: str, attempts: int, lease_until: int) -> None:
        if site not in sites:
            logger.error("Nobody here runs jobs of the site %s. Give all workers the same sites.", site)
            return
        await sites[site].run(invited(job_id, kind, attempts, lease_until))

    broker.register_task(run, task_name=TASK)
