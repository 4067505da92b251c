"""Runs jobs that are claimed and begun, keeps their leases, and writes in batches what became of them.

How jobs get here is somebody else's affair: the job runner's in `microblog serve`, a broker's in a worker.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.jobs import Measure
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.runtime.current import current_job
from microblog_core.runtime.logs import scrub
from microblog_core.runtime.outbox import subscriber_kinds
from microblog_core.runtime.schedules import schedule_kinds
from microblog_core.runtime.tally import Tally

if TYPE_CHECKING:
    from microblog_core.site import Site

BATCH = 20
LINGER_SECONDS = 0.02
"""How long the first finished job of a batch waits for others, while some still run."""
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
    stopped: bool = False

    @property
    def word(self) -> str:
        """What observers are told."""
        if self.buried or self.retry_at is None:
            return "dead" if self.buried else "done"
        return "stopped" if self.stopped else "retried"


class JobExecutor:
    """Runs one site's jobs in one event loop. `finished`, `retried`, `buried` count since the start.

    Its owner calls `settle` when it is told to by `wake`, keeps `keep_leases` running, and ends with `drain`.
    """

    def __init__(
        self, site: Site, *, wake: Callable[[], None], chance: Callable[[], float] = random.random
    ) -> None:
        self._queue = site.ports.storage.queue
        self._clock = site.ports.clock
        self._metrics = site.metrics
        self._observers = site.observers
        self._wake = wake
        self._chance = chance
        self.kinds = job_kinds(site)
        self.held: Counter[str] = Counter()
        """How many run, by kind."""
        self._running: dict[int, asyncio.Task[None]] = {}
        self._claimed: dict[int, Job] = {}
        self._settled: dict[int, asyncio.Future[None]] = {}
        self._outcomes: list[_Outcome] = []
        self._linger: asyncio.TimerHandle | None = None
        self._tally = Tally(site.ports)
        self.stopping = False
        self.finished = self.retried = self.buried = 0

    @property
    def running(self) -> int:
        """How many run now."""
        return len(self._running)

    def start(self, job: Job) -> asyncio.Future[None]:
        """Run a job, of one of `kinds`, that is claimed and begun. The future is done when it is written what
        became of it.
        """
        kind = self.kinds[job.kind]
        task = asyncio.create_task(self._run_one(job, kind), name=f"job {job.kind} {job.id}")
        self._running[job.id] = task
        self._claimed[job.id] = job
        self.held[job.kind] += 1
        task.add_done_callback(lambda done: self._ended(job))
        settled = self._settled[job.id] = asyncio.get_running_loop().create_future()
        return settled

    async def wait_for_one(self) -> None:
        """Wait until one of the jobs that run has ended."""
        await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

    async def keep_leases(self) -> None:
        """Keep the leases of what runs, and of what has ended and isn't written yet, until cancelled; write
        how jobs went now and then.
        """
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._queue.renew(tuple(self._claimed.values()), until=self.lease())
            except Exception:
                logger.exception("The leases of running jobs could not be renewed")
            await self.write_tally()

    async def write_tally(self) -> None:
        """Write how jobs went since the last time."""
        await self._tally.write()

    def lease(self) -> int:
        """When a lease that begins now ends (Unix milliseconds)."""
        return self._clock.now() + round(LEASE_SECONDS * 1000)

    def _ended(self, job: Job) -> None:
        self._running.pop(job.id, None)
        self.held[job.kind] -= 1
        if len(self._outcomes) >= BATCH or not self._running:
            self._wake()
        elif self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end_linger)

    def _end_linger(self) -> None:
        self._linger = None
        self._wake()

    async def _run_one(self, job: Job, kind: JobKind) -> None:
        if job.attempts > kind.retry.tries:
            error = job.error or "The process died each time that this job ran."
            self._outcomes.append(_Outcome(job, buried=True, error=error))
            return
        current_job.set(job)
        ended = self._observers.begin_job(job)
        self._tally.note(kind.name, Measure.WAITED, self._clock.now() - job.due_at)
        began, deadline = time.perf_counter(), asyncio.timeout(kind.timeout)
        try:
            async with deadline:
                await kind.handler(job)
        except asyncio.CancelledError:
            self._failed(job, kind, "Stopped while it ran.", again_at=self._clock.now())
        except Exception as problem:
            late = deadline.expired()
            error = f"Took longer than {kind.timeout:g} seconds." if late else scrub(describe(problem))
            self._failed(job, kind, error, problem=problem)
        else:
            self._outcomes.append(_Outcome(job))
        last = self._outcomes[-1]
        outcome = "failed" if last.error else "done"
        seconds = time.perf_counter() - began
        if ended is not None:
            ended(self._outcomes[-1].word)
        if not (last.error and self.stopping):
            failed = Measure.BURIED if last.buried else Measure.FAILED
            self._tally.note(kind.name, failed if last.error else Measure.DONE, seconds * 1000)
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
        if last and not self.stopping:
            logger.error("Job %s %s failed for good: %s", kind.name, job.id, error, exc_info=problem)
            self._outcomes.append(_Outcome(job, buried=True, error=error))
            return
        if again_at is None:
            asked = problem.retry_after if isinstance(problem, Temporary) else None
            seconds = max(backoff(kind.retry, job.attempts, self._chance()), asked or 0.0)
            again_at = self._clock.now() + round(seconds * 1000)
            logger.warning("Job %s %s failed, try %s: %s", kind.name, job.id, job.attempts, error)
        stopped = problem is None and self.stopping
        self._outcomes.append(_Outcome(job, retry_at=again_at, error=error, stopped=stopped))

    async def settle(self) -> None:
        """Write what became of jobs; what can't be written is kept for the next round."""
        outcomes, self._outcomes = self._outcomes, []
        try:
            done = [each.job for each in outcomes if each.retry_at is None and not each.buried]
            if done:
                await self._queue.finish(done)
                self.finished += len(done)
                for job in done:
                    self._claimed.pop(job.id, None)
                    self._tell(job.id)
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
        job = outcome.job
        if outcome.buried or outcome.retry_at is None:
            held = await self._queue.bury(job, error=outcome.error)
            self.buried += held
        else:
            held = await self._queue.retry(job, due_at=outcome.retry_at, error=outcome.error)
            self.retried += held
        if not held:
            logger.info("Job %s %s was settled or begun by somebody else meanwhile", job.kind, job.id)
        self._tell(job.id)

    def _tell(self, job_id: int) -> None:
        settled = self._settled.pop(job_id, None)
        if settled is not None and not settled.done():
            settled.set_result(None)

    async def drain(self) -> None:
        """Give handlers two seconds, cancel the others, and put their jobs back into the queue."""
        self.stopping = True
        try:
            if self._running:
                _, late = await asyncio.wait(self._running.values(), timeout=STOP_SECONDS)
                for task in late:
                    task.cancel()
                if late:
                    await asyncio.wait(late, timeout=STOP_SECONDS / 4)
            await self.settle()
            await self.write_tally()
        except Exception:
            logger.exception("The last jobs could not be settled; they run again when their leases end")


def job_kinds(site: Site) -> Mapping[str, JobKind]:
    """All kinds of jobs that a site runs, by name: those of plugins, of durable subscribers, of schedules."""
    given = site.contributions
    return {
        **given.jobs,
        **subscriber_kinds(given.subscribers, given.events),
        **schedule_kinds(given.schedules, site.ports),
    }


def backoff(retry: RetryPolicy, attempts: int, chance: float) -> float:
    """Seconds before the next try: doubled with each failed one, times 0.75 to 1.25 by `chance` (0 to 1)."""
    doublings = min(max(attempts - 1, 0), 40)
    return float(min(retry.first_delay * 2**doublings, retry.max_delay)) * (0.75 + chance / 2)


def describe(problem: Exception) -> str:
    """One line about an exception, to be kept with the job."""
    return f"{type(problem).__name__}: {problem}"[:ERROR_LENGTH]
