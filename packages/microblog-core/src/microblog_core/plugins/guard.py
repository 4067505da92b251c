"""Calls into plugins that cannot take the site down: a time budget, a breaker, and the plugin's name in the log.

Python can't stop a thread from outside. What hangs in Python code is interrupted by an exception; what hangs in a system call
keeps its one thread until it returns; what hangs while it holds the interpreter hangs the process.
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

T = TypeVar("T")
D = TypeVar("D")

logger = logging.getLogger("microblog.plugins")


class TimeBudgetExceeded(PluginError):
    """A plugin took longer than it may."""

    code = "plugin_time_budget"


class _Interrupt(BaseException):
    """Raised inside a thread that took too long; a BaseException, so that `except Exception` does not hold it up."""


class _Call:
    """One function in a daemon thread of its own, with what became of it."""

    def __init__(
        self, function: Callable[[], Any], name: str, done: Callable[[], None] | None = None
    ) -> None:
        self.ended = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None
        self._function = function
        self._done = done
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            try:
                self.result = self._function()
            except BaseException as error:
                self.error = error
            self._end()
        except _Interrupt:
            # The interrupt came when the function had just ended by itself.
            self._end()

    def _end(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            if self._done is not None:
                self._done()

    def interrupt(self) -> None:
        """Raise in the thread at its next step of Python code, if it still runs."""
        identity = self._thread.ident
        if identity is not None and not self.ended.is_set():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(identity), ctypes.py_object(_Interrupt))

    def value(self) -> Any:
        """What the function returned. Raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.result


def run_within(seconds: float, function: Callable[[], T], what: str) -> T:
    """Run a function in a thread and wait for it. Raises `TimeBudgetExceeded` after `seconds`, and what it raises."""
    call = _Call(function, f"microblog: {what}")
    if not call.ended.wait(seconds):
        call.interrupt()
        raise TimeBudgetExceeded(
            f"{what} did not finish within {seconds:g} seconds",
            hint="Find what it waits for, or raise plugins.time_budget.",
        )
    result: T = call.value()
    return result
