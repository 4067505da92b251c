"""Threads for calls of plugins, used again: to start one takes longer than most of the calls.

Who took a worker gives it back when its call has ended, and ends it where the call is still running.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable

IDLE_MAX = 8
NAME = "microblog: idle"


class Worker:
    """A thread that runs one function after the other."""

    def __init__(self) -> None:
        self._next: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name=NAME, daemon=True)
        self.thread.start()

    def run(self, function: Callable[[], None], name: str) -> None:
        """Run this; the thread is called so while it does."""
        self.thread.name = name
        self._next.put(function)

    def end(self) -> None:
        """End after what runs now."""
        self._next.put(None)

    def _work(self) -> None:
        while (function := self._next.get()) is not None:
            function()


def take_worker() -> Worker:
    """An idle worker, or a new one."""
    try:
        return _idle.pop()
    except IndexError:
        return Worker()


def give_back(worker: Worker) -> None:
    """A worker whose call has ended."""
    if len(_idle) >= IDLE_MAX:
        worker.end()
        return
    worker.thread.name = NAME
    _idle.append(worker)


_idle: list[Worker] = []
# A child of a fork has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)
