"""Hears what a module does while it is imported, by the interpreter's audit events (PEP 578)
and by what starts threads."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

THREAD, SOCKET, LOOP, FILE, PROGRAM = "MB603", "MB604", "MB605", "MB606", "MB607"
PROBLEMS: Mapping[str, tuple[str, str]] = {
    THREAD: ("Importing it starts a thread.", "Start it in `lifespan`, which ends it, too."),
    SOCKET: ("Importing it opens a socket.", "Connect on first use (site.resources), or in `lifespan`."),
    LOOP: ("Importing it makes an event loop.", "The site has one; await where your object is called."),
    FILE: ("Importing it writes a file.", "Write on first use, where the settings say."),
    PROGRAM: ("Importing it starts a program.", "Start it in `lifespan`, which ends it, too."),
}
_EVENTS: Mapping[str, str] = {
    "socket.__new__": SOCKET,
    "socket.connect": SOCKET,
    "open": FILE,
    "os.mkdir": FILE,
    "os.remove": FILE,
    "os.rename": FILE,
    "subprocess.Popen": PROGRAM,
    "os.system": PROGRAM,
    "os.posix_spawn": PROGRAM,
    "os.exec": PROGRAM,
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Collects (code, file, line) of what is done inside `watching`, each once: the line of the project that
    led to it. An audit hook can't be taken back, so a process has one watch.
    """

    def __init__(self, sources: Path) -> None:
        self.heard: dict[tuple[str, str, int], None] = {}
        self._sources = str(sources.resolve()) + os.sep
        self._on = False
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """What is done in here is heard."""
        # Not every version of Python has an audit event for threads.
        start = threading.Thread.start

        def heard(thread: threading.Thread) -> None:
            self._note(THREAD, sys._getframe(1))
            start(thread)

        threading.Thread.start = heard  # type: ignore[method-assign,assignment]
        self._on = True
        try:
            yield
        finally:
            self._on = False
            threading.Thread.start = start  # type: ignore[method-assign]

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        code = _EVENTS.get(event)
        if not self._on or code is None or (event == "open" and not _writes(arguments)):
            return
        self._on = False
        try:
            self._note(code, sys._getframe(1))
        finally:
            self._on = True

    def _note(self, code: str, frame: FrameType) -> None:
        place, in_asyncio = self._place(frame)
        if place is not None:
            self.heard[LOOP if in_asyncio and code in (SOCKET, THREAD) else code, *place] = None

    def _place(self, frame: FrameType | None) -> tuple[tuple[str, int] | None, bool]:
        """The innermost line of the project, and whether asyncio stands between it and the event."""
        in_asyncio = False
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._sources):
                return (frame.f_code.co_filename, frame.f_lineno), in_asyncio
            in_asyncio = in_asyncio or str(frame.f_globals.get("__name__", "")).startswith("asyncio")
            frame = frame.f_back
        return None, in_asyncio


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, mode, flags = arguments
    if not isinstance(path, str | bytes) or os.fsdecode(path).startswith("/dev/"):
        return False
    if os.fsdecode(path).endswith((".pyc", "__pycache__")):
        return False
    return bool(set(mode or "") & set("wax+")) or (isinstance(flags, int) and bool(flags & _WRITES))
