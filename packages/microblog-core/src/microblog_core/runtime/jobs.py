"""The durable job runner: claims due jobs from the outbox in batches and has an executor run and settle them.

A job is run at least once. Leases are short and renewed while a job runs, so that what dies with the process
is claimed again soon, however long it may take. Kinds that no plugin of this process declares stay in the
queue, for a process that knows them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from microblog_core.domain.events import JobsQueued
from microblog_core.ports.queue import JobKind
from microblog_core.runtime.executor import LEASE_SECONDS, JobExecutor
from microblog_core.runtime.schedules import plant_schedules

if TYPE_CHECKING:
    from microblog_core.site import Site

CONCURRENCY = 64
IDLE_SECONDS = 5.0
"""The longest sleep: jobs that other processes queue are found after it at the latest."""
UNCLAIMED_SECONDS = 1.0
"""The sleep while something is due that this process can't claim."""

logger = logging.getLogger(__name__)


class JobRunner:
    """Runs one site's jobs and schedules in one event loop. `finished`, `retried`, `buried` count since the
    start.
    """

    def __init__(
        self, site: Site, *, concurrency: int = CONCURRENCY, chance: Callable[[], float] = random.random
    ) -> None:
        self._ports = site.ports
        self._queue = site.ports.storage.queue
        self._schedules = tuple(site.contributions.schedules)
        self._executor = JobExecutor(site, wake=self.wake, chance=chance)
        self._groups = claim_groups(self._executor.kinds.values())
        self._concurrency = concurrency
        self._woken = asyncio.Event()

    @property
    def finished(self) -> int:
        """How many jobs ended well."""
        return self._executor.finished

    @property
    def retried(self) -> int:
        """How many are to be tried again."""
        return self._executor.retried

    @property
    def buried(self) -> int:
        """How many failed for good."""
        return self._executor.buried

    def wake(self) -> None:
        """Look for due jobs now. Call it in the runner's event loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then give handlers two seconds, and put back into the queue what they
        left.
        """
        end = self._ports.bus.subscribe(JobsQueued, lambda event: self.wake())
        stopper = asyncio.create_task(self._wake_on(stop))
        renewer = asyncio.create_task(self._executor.keep_leases())
        planted = False
        try:
            while not stop.is_set():
                try:
                    if not planted:
                        await plant_schedules(self._schedules, self._ports, self._executor.kinds)
                        planted = True
                    seconds = await self._round()
                except Exception:
                    logger.exception("The job runner could not reach the queue")
                    seconds = UNCLAIMED_SECONDS
                await self._sleep(seconds)
        finally:
            end()
            stopper.cancel()
            await self._executor.drain()
            renewer.cancel()

    async def run_due(self) -> int:
        """Run everything that is due now, follow-ups included, and return how many finished (scripts,
        tests).
        """
        before = self.finished
        while True:
            await self._executor.settle()
            if not self._executor.running and not await self._claim():
                await self._executor.write_tally()
                return self.finished - before
            if self._executor.running:
                await self._executor.wait_for_one()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()

    async def _sleep(self, seconds: float | None) -> None:
        if seconds is not None and seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return

    async def _round(self) -> float | None:
        """Settle, claim, and say how many seconds to sleep unless woken; None: until woken."""
        self._woken.clear()
        await self._executor.settle()
        claimed = await self._claim()
        claimable = self._claimable()
        if not claimable:
            return None
        due = await self._queue.next_due(claimable)
        if due is None:
            return IDLE_SECONDS
        seconds: float = (due - self._ports.clock.now()) / 1000
        if seconds <= 0:
            return 0.0 if claimed else UNCLAIMED_SECONDS
        return min(seconds, IDLE_SECONDS)

    def _claimable(self) -> tuple[str, ...]:
        """The kinds of which another job may begin now."""
        return tuple(name for kinds, limit in self._groups if self._free(kinds, limit) > 0 for name in kinds)

    def _free(self, kinds: tuple[str, ...], limit: int | None) -> int:
        free = self._concurrency - self._executor.running
        return free if limit is None else min(free, limit - self._executor.held[kinds[0]])

    async def _claim(self) -> int:
        claimed = 0
        for kinds, limit in self._groups:
            free = self._free(kinds, limit)
            if free <= 0:
                continue
            now = self._ports.clock.now()
            lease = round(LEASE_SECONDS * 1000)
            jobs = await self._queue.claim(now, limit=free, lease=lease, kinds=kinds)
            for job in jobs:
                # Nobody waits for a single one here: `settle` is called in each round.
                _ = self._executor.start(job)
            claimed += len(jobs)
        return claimed


def claim_groups(kinds: Iterable[JobKind]) -> tuple[tuple[tuple[str, ...], int | None], ...]:
    """Which kinds are claimed together, by falling priority; each with a limit of its own is alone."""
    groups: dict[tuple[int, str], tuple[list[str], int | None]] = {}
    for kind in kinds:
        alone = kind.name if kind.limit is not None else ""
        groups.setdefault((-kind.priority, alone), ([], kind.limit))[0].append(kind.name)
    return tuple(
        (tuple(names), limit) for _, (names, limit) in sorted(groups.items(), key=lambda item: item[0])
    )
