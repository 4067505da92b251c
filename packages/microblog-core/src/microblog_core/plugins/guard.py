"""Calls into plugins that cannot take the site down: a time budget, a breaker, and the plugin's name in the
log.

Python can't stop a thread from outside. What hangs in Python code is interrupted by an exception; what hangs
in a system call keeps its one thread until it returns; what hangs while it holds the interpreter hangs the
process.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from microblog_core.domain.errors import PluginError
from microblog_core.plugins.workers import give_back, take_worker

T = TypeVar("T")
D = TypeVar("D")

SECONDS = 2.0
FAILURES = 5
REST_SECONDS = 30.0
SAMPLE_SECONDS = 0.05
BUSY_SECONDS = 0.001

logger = logging.getLogger("microblog.plugins")


class TimeBudgetExceeded(PluginError):
    """A plugin took longer than it may."""

    code = "plugin_time_budget"


class Breaker:
    """Opens after `failures` in a row; after `rest` seconds it lets exactly one call through, and closes if
    that succeeds.

    Safe to share between threads. Every `admit` that says yes is followed by one of `succeed`, `fail`,
    `release`.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest: float = REST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._rest = rest
        self._now = now
        self._lock = threading.Lock()
        self._failed = 0
        self._opened_at = 0.0
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether calls are left out at the moment, but for a probe."""
        return self._failed >= self._limit

    def admit(self) -> bool:
        """Whether this call may be made."""
        if self._failed < self._limit:
            return True
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._probing or self._now() - self._opened_at < self._rest:
                return False
            self._probing = True
            return True

    def succeed(self) -> None:
        """The call went well."""
        if self._failed:
            with self._lock:
                self._failed, self._probing = 0, False

    def fail(self) -> bool:
        """The call did not go well. True if the breaker opened by it."""
        with self._lock:
            self._failed += 1
            self._probing = False
            if self._failed >= self._limit:
                self._opened_at = self._now()
            return self._failed == self._limit

    def release(self) -> None:
        """Nobody knows how the call went (its caller gave up): the next one may probe."""
        with self._lock:
            self._probing = False


class Guard:
    """Calls one thing of one plugin. What fails, takes too long or rests gives the default, and the log says
    whose fault it is.

    `passing` are exceptions that belong to the contract: they go through and count as success. A call that
    could not be stopped holds the guard shut until it ends, so that at most one thread or task of it is ever
    stuck.
    """

    def __init__(
        self,
        owner: str,
        what: str,
        *,
        seconds: float = SECONDS,
        breaker: Breaker | None = None,
        passing: tuple[type[Exception], ...] = (),
    ) -> None:
        self.owner = owner
        self.what = what
        self.breaker = breaker or Breaker()
        self._seconds = seconds
        self._passing = passing
        self._stuck = 0
        self._lock = threading.Lock()

    @property
    def resting(self) -> bool:
        """Whether the contribution is left out at the moment."""
        return self.breaker.open or bool(self._stuck)

    def call(self, function: Callable[[], T], default: D) -> T | D:
        """Call a synchronous function here. It can't be interrupted: one that took too long counts as a
        failure afterwards.
        """
        if not self._admit():
            return default
        began = time.perf_counter()
        try:
            result = function()
        except self._passing:
            self.breaker.succeed()
            raise
        except (Exception, SystemExit) as error:
            self._failed(error)
            return default
        if time.perf_counter() - began > self._seconds:
            self._late()
        else:
            self.breaker.succeed()
        return result

    async def call_async(self, make: Callable[[], Awaitable[T]], default: D) -> T | D:
        """Await what `make` returns, at most as long as the budget says."""
        if not self._admit():
            return default
        task = asyncio.get_running_loop().create_task(_awaited(make))
        return await self._outcome(task, default, task.cancel)

    async def call_in_thread(self, function: Callable[[], T], default: D) -> T | D:
        """Call a synchronous function in a thread of its own: for what might hang."""
        if not self._admit():
            return default
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        call = ThreadCall(
            function, f"microblog: {self.owner} {self.what}", lambda: _hand_over(loop, future, call)
        )
        call.start()
        return await self._outcome(future, default, call.interrupt)

    async def _outcome(self, future: asyncio.Future[T], default: D, stop: Callable[[], object]) -> T | D:
        try:
            done, _ = await asyncio.wait({future}, timeout=self._seconds)
        except asyncio.CancelledError:
            self._abandon(future, stop)
            self.breaker.release()
            raise
        if not done:
            self._abandon(future, stop)
            self._late()
            return default
        try:
            result = future.result()
        except self._passing:
            self.breaker.succeed()
            raise
        except (Exception, asyncio.CancelledError) as error:
            self._failed(error)
            return default
        self.breaker.succeed()
        return result

    def _admit(self) -> bool:
        return not self._stuck and self.breaker.admit()

    def _abandon(self, future: asyncio.Future[Any], stop: Callable[[], object]) -> None:
        with self._lock:
            self._stuck += 1
        future.add_done_callback(self._ended)
        stop()

    def _ended(self, future: asyncio.Future[Any]) -> None:
        with self._lock:
            self._stuck -= 1
        if not future.cancelled():
            # Asking for it says that it was seen; it was logged when the time was over.
            future.exception()

    def _failed(self, error: BaseException) -> None:
        opened = self.breaker.fail()
        logger.error("%s of the plugin %s failed%s", self.what, self.owner, _rests(opened), exc_info=error)

    def _late(self) -> None:
        opened = self.breaker.fail()
        logger.error(
            "%s of the plugin %s took longer than %g seconds%s",
            self.what,
            self.owner,
            self._seconds,
            _rests(opened),
        )


def run_within(seconds: float, function: Callable[[], T], what: str) -> T:
    """Run a function in a thread and wait for it. Raises `TimeBudgetExceeded` after `seconds`, and what it
    raises.
    """
    call = ThreadCall(function, f"microblog: {what}")
    if not call.run_within(seconds):
        raise TimeBudgetExceeded(
            f"{what} did not finish within {seconds:g} seconds",
            hint="Find what it waits for, or raise plugins.time_budget.",
        )
    result: T = call.value()
    return result


class _Interrupt(BaseException):
    """Raised inside a thread that took too long; a BaseException, so that `except Exception` does not hold it
    up.
    """


class ThreadCall:
    """One function in a daemon thread of its own, with what became of it."""

    def __init__(
        self, function: Callable[[], Any], name: str, done: Callable[[], None] | None = None
    ) -> None:
        self.ended = threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None
        self._function = function
        self._done = done
        self._clock: int | None = None
        # Reentrant, since the interrupt may come while the thread holds it.
        self._ending = threading.RLock()
        self._name = name
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def run_within(self, seconds: float) -> bool:
        """Run in a worker's thread and wait for the end, at most so long; whether it came. What did not end
        is interrupted.
        """
        worker = take_worker()
        self._thread = worker.thread
        worker.run(self._run, self._name)
        if self.ended.wait(seconds):
            give_back(worker)
            return True
        worker.end()
        self.interrupt()
        return False

    def interrupt(self) -> None:
        """Raise in the thread if it is busy with Python code; returns at once.

        What only waits is left alone: until a thread takes such an exception, CPython up to 3.12 slows all
        others down, and where they are traced (a debugger, coverage) it stops them.
        """
        threading.Thread(target=self._interrupt_if_busy, name="microblog: interrupt", daemon=True).start()

    def value(self) -> Any:
        """What the function returned. Raises what it raised, and `PluginError` where it wanted to end the
        process.
        """
        if isinstance(self._error, SystemExit):
            raise PluginError("it called sys.exit", hint="A plugin can't end the process.") from self._error
        if isinstance(self._error, _Interrupt):
            raise TimeBudgetExceeded("it was interrupted", hint="Find what it waits for.") from self._error
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            try:
                # Asked for here, while the thread surely lives. Not every platform has such clocks.
                clock_of = getattr(time, "pthread_getcpuclockid", None)
                self._clock = clock_of(threading.get_ident()) if clock_of is not None else None
                self._result = self._function()
            except BaseException as error:
                self._error = error
            self._end()
        except _Interrupt:
            # It came just when the function had ended by itself.
            self._end()

    def _end(self) -> None:
        with self._ending:
            if self.ended.is_set():
                return
            self.ended.set()
        if self._done is not None:
            self._done()

    def _interrupt_if_busy(self) -> None:
        before = self._busy_seconds()
        if self.ended.wait(SAMPLE_SECONDS) or self._busy_seconds() - before < BUSY_SECONDS:
            return
        with self._ending:
            identity = self._thread.ident if self._thread is not None else None
            if identity is not None and not self.ended.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(identity), ctypes.py_object(_Interrupt)
                )

    def _busy_seconds(self) -> float:
        if self._clock is None:
            return 0.0
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            # The thread has just ended.
            return 0.0


async def _awaited(make: Callable[[], Awaitable[T]]) -> T:
    try:
        return await make()
    except SystemExit as error:
        # A task that ends with SystemExit would end the event loop.
        raise PluginError("it called sys.exit", hint="A plugin can't end the process.") from error


def _hand_over(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], call: ThreadCall) -> None:
    def settle() -> None:
        if future.done():
            return
        try:
            future.set_result(call.value())
        except BaseException as error:
            future.set_exception(error)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        # The loop was closed while the thread was stuck; nobody waits for it any more.
        return


def _rests(opened: bool) -> str:
    return "; it rests for a while" if opened else ""
