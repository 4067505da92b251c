"""What suites watch implementations with: calls of the storage, the log, what is opened, and what is left
behind. Each watches only while it is asked to.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from microblog_core.ports.storage import Storage

WATCHED = ("open", "os.", "socket.", "subprocess.", "sqlite3.", "urllib.", "shutil.")
"""The beginnings of audit events of the interpreter that tell of I/O."""
HARMLESS = ("os.fork", "os.putenv", "os.unsetenv")


class CountedStorage:
    """A storage around another one that notes every coroutine asked of it in `calls`, as `posts.get` or
    `commit`. `away` is what each of them raises instead, while it is set.
    """

    def __init__(self, storage: object, *, within: str = "", root: CountedStorage | None = None) -> None:
        self._storage = storage
        self._within = within
        self._root = root or self
        self.calls: list[str] = []
        self.away: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._storage, name)
        if inspect.iscoroutinefunction(value):
            return self._noted(f"{self._within}{name}", value)
        if not self._within and not callable(value) and hasattr(value, "__dict__"):
            return CountedStorage(value, within=f"{name}.", root=self._root)
        return value

    def _noted(self, name: str, call: Any) -> Any:
        async def noted(*arguments: Any, **named: Any) -> Any:
            self._root.calls.append(name)
            if self._root.away is not None:
                raise self._root.away
            return await call(*arguments, **named)

        return noted

    @property
    def reads(self) -> list[str]:
        """The calls that only read."""
        return [each for each in self.calls if each != "commit"]


def counted(storage: Storage) -> tuple[Storage, CountedStorage]:
    """The same object twice: as a storage for whoever uses it, and as what has noted the calls."""
    watched = CountedStorage(storage)
    return cast(Storage, watched), watched


class _Keeping(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.worst = logging.NOTSET

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
        self.worst = max(self.worst, record.levelno)


class Logged:
    """What was logged: `text` is all of it, tracebacks too; `problems` are the lines of errors."""

    def __init__(self, handler: _Keeping) -> None:
        self._handler = handler

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self._handler.lines)

    @property
    def has_errors(self) -> bool:
        """Whether anything was logged as an error."""
        return self._handler.worst >= logging.ERROR


@contextlib.contextmanager
def logged() -> Iterator[Logged]:
    """Keep everything that is logged, from DEBUG on."""
    root, handler = logging.getLogger(), _Keeping()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield Logged(handler)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


_watching = threading.local()
_hooked = False


def _hook(event: str, arguments: object) -> None:
    seen: list[str] | None = getattr(_watching, "seen", None)
    if seen is not None and event.startswith(WATCHED) and not event.startswith(HARMLESS):
        seen.append(event)


@contextlib.contextmanager
def opened() -> Iterator[list[str]]:
    """The audit events of this thread that tell of files, sockets and processes. An import of a module
    tells of files, so let whatever imports late do it before.
    """
    global _hooked
    if not _hooked:
        # It can't be taken away again: it costs a look at a thread's variable for each event.
        sys.addaudithook(_hook)
        _hooked = True
    seen: list[str] = []
    _watching.seen = seen
    try:
        yield seen
    finally:
        _watching.seen = None


class Left(msgspec.Struct, frozen=True):
    """What runs and is open in this process at a moment: threads, tasks of this loop, descriptors."""

    threads: frozenset[str]
    tasks: frozenset[str]
    descriptors: frozenset[str]

    def since(self, before: Left) -> Left:
        """What is there now and was not then."""
        return Left(
            self.threads - before.threads, self.tasks - before.tasks, self.descriptors - before.descriptors
        )


def running() -> Left:
    """What runs and is open now. Threads of the loop's own executor end with the loop, and those in which
    core calls hooks with the hook: they don't count.
    """
    current = asyncio.current_task()
    return Left(
        frozenset(
            f"{thread.name} ({thread.ident})"
            for thread in threading.enumerate()
            if not thread.name.startswith(("asyncio_", "microblog: "))
        ),
        frozenset(
            f"{task.get_name()}: {task.get_coro()!r}" for task in asyncio.all_tasks() if task is not current
        ),
        frozenset(_descriptors()),
    )


def _descriptors() -> Iterator[str]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return
    for each in list(folder.iterdir()):
        with contextlib.suppress(OSError):
            yield f"{each.name} -> {each.readlink()}"
