"""SQLite's one writer: a thread that runs units of work in savepoints and commits many of them at once.

While one group waits for the disk, the units of the next gather. Each unit is told only after the COMMIT that
holds it; a unit that fails takes back its own savepoint and nothing else; a COMMIT that fails fails every
unit of its group.

The file is shared with other processes. The write lock is given back after at most `HOLD` seconds, and a
writer that is always busy pauses now and then for those who wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from microblog_core.domain.errors import Unavailable
from microblog_plugins.sql.connection import connect, domain_error, drive
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.search import WAITING, index_waiting

TAKE_SECONDS = 0.025
"""How long a group takes new units: half of the 50 ms that a write lock may be held, the rest is for the
COMMIT.
"""
BULK_SECONDS = 10.0
"""The same while a storage is being filled, when nobody waits for the write lock."""
GROUP_UNITS = 256
LOCK_SECONDS = 10.0
"""How long to wait for another process's write lock before the units fail."""
BUSY_SECONDS = 0.05
PAUSE_SECONDS = 0.002
CHANGES_KEPT = 10_000
PRUNE_EVERY = 256

_CHANGE = "INSERT INTO changes (origin, keys, events) VALUES (:origin, :keys, :events) RETURNING seq"
_PRUNE = "DELETE FROM changes WHERE seq <= :seq"


class Unit:
    """Steps to run in a savepoint, the cache keys that they make stale, events for other processes, and who
    waits for the result.
    """

    __slots__ = ("error", "events", "future", "keys", "make", "result")

    def __init__(
        self,
        make: Callable[[], Steps[Any]],
        keys: frozenset[str],
        events: Sequence[bytes],
        future: asyncio.Future[Any],
    ) -> None:
        self.make = make
        self.keys = keys
        self.events = events
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None


class Writer:
    """Owns the connection that writes. `on_abandoned` is told the keys of committed units that nobody waited
    for any more.
    """

    def __init__(self, path: str, origin: str, on_abandoned: Callable[[frozenset[str]], None]) -> None:
        self._path = path
        self._origin = origin
        self._on_abandoned = on_abandoned
        self._units: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._busy_since = 0.0
        self.bulk = False

    @property
    def waiting(self) -> int:
        """How many units the next groups will write."""
        return self._units.qsize()

    def start(self) -> None:
        """Connect and begin to write. Raises `Unavailable`."""
        self._loop = asyncio.get_running_loop()
        self._connect()
        self._thread = threading.Thread(target=self._run, name="microblog-sqlite-writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what was submitted, then disconnect."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._units.put(None)
            await asyncio.to_thread(thread.join)

    def submit(
        self, make: Callable[[], Steps[Any]], keys: frozenset[str], events: Sequence[bytes] = ()
    ) -> asyncio.Future[Any]:
        """Run these steps in a group; the future ends after its COMMIT. Raises `Unavailable` when stopped."""
        if self._thread is None or self._loop is None:
            raise Unavailable("The storage is closed.")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._units.put(Unit(make, keys, events, future))
        return future

    def _run(self) -> None:
        try:
            while (first := self._units.get()) is not None:
                group = [first]
                stopping = self._write(group)
                self._tell(group)
                if stopping:
                    break
                self._give_way()
        finally:
            self._connection.close()

    def _write(self, group: list[Unit]) -> bool:
        """Write the group, which grows by what arrives meanwhile; whether the writer was told to stop."""
        stopping = False
        try:
            self._begin()
            ends = time.monotonic() + (BULK_SECONDS if self.bulk else TAKE_SECONDS)
            self._attempt(group[0])
            while len(group) < GROUP_UNITS and time.monotonic() < ends and not stopping:
                try:
                    unit = self._units.get_nowait()
                except queue.Empty:
                    break
                if unit is None:
                    stopping = True
                else:
                    group.append(unit)
                    self._attempt(unit)
            self._commit(group)
        except Exception as error:
            self._roll_back()
            failure = Unavailable(f"Nothing was written: {error}.", hint="Try again later.")
            for unit in group:
                unit.error = unit.error or failure
        return stopping

    def _begin(self) -> None:
        """Take the write lock. Short, uneven waits find the gaps that another busy writer leaves."""
        ends = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                self._cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                    raise
            time.sleep(random.uniform(0.0005, 0.002))

    def _attempt(self, unit: Unit) -> None:
        cursor = self._cursor
        cursor.execute("SAVEPOINT unit")
        try:
            unit.result = drive(cursor, unit.make())
        except Exception as error:
            unit.error = domain_error(error)
            if not self._connection.in_transaction:
                # SQLite took back the whole transaction: the disk is full, or cannot be read.
                raise
            cursor.execute("ROLLBACK TO unit")
        cursor.execute("RELEASE unit")

    def _commit(self, group: Sequence[Unit]) -> None:
        drive(self._cursor, index_waiting())
        done = [unit for unit in group if unit.error is None]
        keys = frozenset().union(*(unit.keys for unit in done))
        events = [msgspec.Raw(event) for unit in done for event in unit.events]
        if keys or events:
            change = {
                "origin": self._origin,
                "keys": msgspec.json.encode(sorted(keys)).decode(),
                "events": msgspec.json.encode(events).decode(),
            }
            seq = self._cursor.execute(_CHANGE, change).fetchall()[0][0]
            if seq % PRUNE_EVERY == 0:
                self._cursor.execute(_PRUNE, {"seq": seq - CHANGES_KEPT})
        self._cursor.execute("COMMIT")

    def _roll_back(self) -> None:
        """Take everything back; with a new connection where this one can't even do that."""
        try:
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection.close()
            with contextlib.suppress(Unavailable):
                self._connect()

    def _connect(self) -> None:
        self._connection = connect(self._path)
        self._cursor = self._connection.cursor()
        self._cursor.execute(WAITING)

    def _tell(self, group: Sequence[Unit]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._resolve, group)
        except RuntimeError:
            # The loop is closed: nobody waits any more, and what was committed stays committed.
            return

    def _resolve(self, group: Sequence[Unit]) -> None:
        for unit in group:
            if unit.future.cancelled():
                if unit.error is None and unit.keys:
                    self._on_abandoned(unit.keys)
            elif unit.error is not None:
                unit.future.set_exception(unit.error)
            else:
                unit.future.set_result(unit.result)

    def _give_way(self) -> None:
        """Pause when there was no rest for a while, so that other processes get the lock."""
        now = time.monotonic()
        if self._units.empty():
            self._busy_since = 0.0
        elif not self._busy_since:
            self._busy_since = now
        elif now - self._busy_since > BUSY_SECONDS:
            time.sleep(PAUSE_SECONDS)
            self._busy_since = now
