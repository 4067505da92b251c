"""The durable job runner: claims due jobs from the outbox in batches, runs their handlers, settles them in
batches.

A job is run at least once. Leases are short and renewed while a job runs, so that what dies with the process
is claimed again soon, however long it may take. Kinds that no plugin of this process declares stay in the
queue, for a process that knows them.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.events import JobsQueued
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.runtime.outbox import subscriber_kinds
from microblog_core.runtime.schedules import RunAgain, plant_schedules, schedule_kinds

if TYPE_CHECKING:
    from microblog_core.site import Site

CONCURRENCY = 64
BATCH = 20
LINGER_SECONDS = 0.02
"""How long the first finished job of a batch waits for others, while some still run."""
IDLE_SECONDS = 5.0
"""The longest sleep: jobs that other processes queue are found after it at the latest."""
UNCLAIMED_SECONDS = 1.0
"""The sleep while something is due that this process can't claim."""
LEASE_SECONDS = 15.0
RENEW_SECONDS = 4.0
"""A lease is renewed so often that it survives two renewals that fail."""
STOP_SECONDS = 2.0
ERROR_LENGTH = 2000

logger = logging.getLogger(__name__)


class _Outcome(msgspec.Struct, frozen=True):
    """What became of a job: finished, to be tried at `retry_at`, or buried."""

    job: Job
    retry_at: int | None = None
    buried: bool = False
    error: str = ""


class JobRunner:
    """Runs one site's jobs and schedules in one event loop. `finished`, `retried`, `buried` count since the
    start.
    """

    def __init__(
        self,
        site: Site,
        *,
        concurrency: int = CONCURRENCY,
        chance: Callable[[], float] = random.random,
        through: Callable[[JobKind], JobKind] | None = None,
    ) -> None:
        """`through` may replace each kind by one that does the same elsewhere, for example through a
        broker.
        """
        self._ports = site.ports
        self._queue = site.ports.storage.queue
        self._metrics = site.metrics
        self._schedules = tuple(site.contributions.schedules)
        self._kinds: dict[str, JobKind] = {
            **site.contributions.jobs,
            **subscriber_kinds(site.contributions.subscribers, site.contributions.events),
            **schedule_kinds(self._schedules, site.ports),
        }
        if through is not None:
            self._kinds = {name: through(kind) for name, kind in self._kinds.items()}
        self._groups = claim_groups(self._kinds.values())
        self._concurrency = concurrency
        self._chance = chance
        self._woken = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._claimed: dict[int, Job] = {}
        self._held: Counter[str] = Counter()
        self._outcomes: list[_Outcome] = []
        self._linger: asyncio.TimerHandle | None = None
        self._stopping = False
        self.finished = self.retried = self.buried = 0

    def wake(self) -> None:
        """Look for due jobs now. Call it in the runner's event loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then give handlers two seconds, and put back into the queue what they
        left.
        """
        end = self._ports.bus.subscribe(JobsQueued, lambda event: self.wake())
        stopper = asyncio.create_task(self._wake_on(stop))
        renewer = asyncio.create_task(self._renew())
        planted = False
        try:
            while not stop.is_set():
                try:
                    if not planted:
                        await plant_schedules(self._schedules, self._ports, self._kinds)
                        planted = True
                    seconds = await self._round()
                except Exception:
                    logger.exception("The job runner could not reach the queue")
                    seconds = UNCLAIMED_SECONDS
                await self._sleep(seconds)
        finally:
            end()
            stopper.cancel()
            await self._drain()
            renewer.cancel()

    async def run_due(self) -> int:
        """Run everything that is due now, follow-ups included, and return how many finished (scripts,
        tests).
        """
        before = self.finished
        while True:
            await self._settle()
            if not self._running and not await self._claim():
                return self.finished - before
            if self._running:
                await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

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
        await self._settle()
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
        free = self._concurrency - len(self._running)
        return free if limit is None else min(free, limit - self._held[kinds[0]])

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
                self._start(job)
            claimed += len(jobs)
        return claimed

    async def _renew(self) -> None:
        """Keep the leases of what runs, and of what has ended and isn't written yet."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                until = self._ports.clock.now() + round(LEASE_SECONDS * 1000)
                await self._queue.renew(tuple(self._claimed.values()), until=until)
            except Exception:
                logger.exception("The job runner could not renew its leases")

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._run_one(job, self._kinds[job.kind]), name=f"job {job.kind} {job.id}")
        self._running[job.id] = task
        self._claimed[job.id] = job
        self._held[job.kind] += 1
        task.add_done_callback(lambda done: self._ended(job))

    def _ended(self, job: Job) -> None:
        self._running.pop(job.id, None)
        self._held[job.kind] -= 1
        if len(self._outcomes) >= BATCH or not self._running:
            self.wake()
        elif self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end_linger)

    def _end_linger(self) -> None:
        self._linger = None
        self.wake()

    async def _run_one(self, job: Job, kind: JobKind) -> None:
        if job.attempts > kind.retry.tries:
            error = job.error or "The process died each time that this job ran."
            self._outcomes.append(_Outcome(job, buried=True, error=error))
            return
        began, deadline = time.perf_counter(), asyncio.timeout(kind.timeout)
        try:
            async with deadline:
                await kind.handler(job)
        except RunAgain as again:
            self._outcomes.append(_Outcome(job, retry_at=again.due_at))
        except asyncio.CancelledError:
            self._failed(job, kind, "Stopped while it ran.", again_at=self._ports.clock.now())
        except Exception as problem:
            late = deadline.expired()
            error = f"Took longer than {kind.timeout:g} seconds." if late else describe(problem)
            self._failed(job, kind, error, problem=problem)
        else:
            self._outcomes.append(_Outcome(job))
        outcome = "failed" if self._outcomes[-1].error else "done"
        seconds = time.perf_counter() - began
        self._metrics.timing("jobs.run", seconds, {"kind": kind.name, "outcome": outcome})

    def _failed(
        self,
        job: Job,
        kind: JobKind,
        error: str,
        *,
        problem: Exception | None = None,
        again_at: int | None = None,
    ) -> None:
        last = job.attempts >= kind.retry.tries or isinstance(problem, Permanent)
        if last and not self._stopping:
            logger.error("Job %s %s failed for good: %s", kind.name, job.id, error, exc_info=problem)
            self._outcomes.append(_Outcome(job, buried=True, error=error))
            return
        if again_at is None:
            asked = problem.retry_after if isinstance(problem, Temporary) else None
            seconds = max(backoff(kind.retry, job.attempts, self._chance()), asked or 0.0)
            again_at = self._ports.clock.now() + round(seconds * 1000)
            logger.warning("Job %s %s failed, try %s: %s", kind.name, job.id, job.attempts, error)
        self._outcomes.append(_Outcome(job, retry_at=again_at, error=error))

    async def _settle(self) -> None:
        """Write what became of jobs; what can't be written is kept for the next round."""
        outcomes, self._outcomes = self._outcomes, []
        try:
            done = [each.job.id for each in outcomes if each.retry_at is None and not each.buried]
            if done:
                await self._queue.finish(done)
                self.finished += len(done)
                for job_id in done:
                    self._claimed.pop(job_id, None)
                outcomes = [each for each in outcomes if each.retry_at is not None or each.buried]
            while outcomes:
                await self._put_back(outcomes[-1])
                outcomes.pop()
        except BaseException:
            self._outcomes = outcomes + self._outcomes
            raise

    async def _put_back(self, outcome: _Outcome) -> None:
        # Not renewed any more: a lease must not be put on a row that waits for its next try.
        self._claimed.pop(outcome.job.id, None)
        if outcome.buried or outcome.retry_at is None:
            await self._queue.bury(outcome.job.id, error=outcome.error)
            self.buried += 1
        else:
            await self._queue.retry(outcome.job.id, due_at=outcome.retry_at, error=outcome.error)
            self.retried += 1

    async def _drain(self) -> None:
        self._stopping = True
        try:
            if self._running:
                _, late = await asyncio.wait(self._running.values(), timeout=STOP_SECONDS)
                for task in late:
                    task.cancel()
                if late:
                    await asyncio.wait(late, timeout=STOP_SECONDS / 4)
            await self._settle()
        except Exception:
            logger.exception(
                "The job runner could not settle its last jobs; they run again when their leases end"
            )


def claim_groups(kinds: Iterable[JobKind]) -> tuple[tuple[tuple[str, ...], int | None], ...]:
    """Which kinds are claimed together, by falling priority; each with a limit of its own is alone."""
    groups: dict[tuple[int, str], tuple[list[str], int | None]] = {}
    for kind in kinds:
        alone = kind.name if kind.limit is not None else ""
        groups.setdefault((-kind.priority, alone), ([], kind.limit))[0].append(kind.name)
    return tuple(
        (tuple(names), limit) for _, (names, limit) in sorted(groups.items(), key=lambda item: item[0])
    )


def backoff(retry: RetryPolicy, attempts: int, chance: float) -> float:
    """Seconds before the next try: doubled with each failed one, times 0.75 to 1.25 by `chance` (0 to 1)."""
    doublings = min(max(attempts - 1, 0), 40)
    return float(min(retry.first_delay * 2**doublings, retry.max_delay)) * (0.75 + chance / 2)


def describe(problem: Exception) -> str:
    """One line about an exception, to be kept with the job."""
    return f"{type(problem).__name__}: {problem}"[:ERROR_LENGTH]
