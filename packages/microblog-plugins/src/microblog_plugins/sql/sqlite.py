"""Storage in one SQLite file: reads on the event loop's own thread, writes by one writer that commits in
groups.

A read takes some hundred microseconds and is bound by indexes, while handing it to another thread costs more
than that; so reads don't leave the loop. They see the newest committed state, beside the writer, thanks to
the write-ahead log.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import Operation, changed_keys
from microblog_core.ports.signals import OnSignal
from microblog_core.ports.storage import (
    LEDGER,
    QUEUE,
    SEARCH,
    SIGNALS,
    SQL,
    STATISTICS,
    TRENDS,
    Audit,
    SiteCounts,
)
from microblog_plugins.sql.connection import OLDEST_SQLITE, PAGE_CACHE_KIB, connect, domain_error, drive
from microblog_plugins.sql.dialect import SQLITE
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.readers import SqlReaders
from microblog_plugins.sql.reads import misc
from microblog_plugins.sql.revision import check_revision
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writer import Writer
from microblog_plugins.sql.writes.apply import apply
from microblog_plugins.sql.writes.signals import signals_in

T = TypeVar("T")

BULK_CACHE_KIB = 128 * 1024

_LAST_CHANGE = "SELECT COALESCE(MAX(seq), 0) FROM changes"
_CHANGES = "SELECT seq, origin, keys, events FROM changes WHERE seq > :seq ORDER BY seq"


def path_of(url: str) -> str:
    """The file that a URL such as `sqlite:///data/microblog.db` (four slashes for an absolute path) names.

    Raises `ConfigurationError` for URLs without a file.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if parts.netloc or not path or path == ":memory:":
        raise ConfigurationError(
            f"The storage {url!r} names no file.",
            hint="Use sqlite:///relative/path.db or sqlite:////absolute/path.db; memory: keeps nothing.",
        )
    return path


class SqliteStorage(SqlReaders):
    """A `ports.storage.Storage` on one file."""

    capabilities: frozenset[str] = frozenset({QUEUE, SQL, SEARCH, TRENDS, SIGNALS, STATISTICS, LEDGER})
    coherent: bool = True

    def __init__(self, url: str) -> None:
        self._path = path_of(url)
        self._origin = secrets.token_hex(8)
        self._abandoned: set[str] = set()
        self._writer = Writer(self._path, self._origin, self._abandoned.update)
        self._reader: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor | None = None
        self._data_version = 0
        self._seen = 0
        self._on_signal: OnSignal | None = None
        super().__init__(Kept(SQLITE), self._read, self._write, self._aside)

    async def open(self) -> None:
        """Connect. Raises `Unavailable`, `ConfigurationError` (an older schema, or none)."""
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise ConfigurationError(
                f"SQLite {sqlite3.sqlite_version} is too old.", hint="Use a Python with SQLite 3.35 or newer."
            )
        _check_file(self._path)
        reader = connect(self._path, readonly=True)
        try:
            self._cursor = reader.cursor()
            check_revision(stored_revisions(reader))
            self._data_version = self._version_now(self._cursor)
            self._seen = self._cursor.execute(_LAST_CHANGE).fetchone()[0]
            self._writer.start()
        except BaseException:
            self._cursor = None
            reader.close()
            raise
        self._reader = reader

    async def close(self) -> None:
        """Finish what was submitted and disconnect."""
        await self._writer.stop()
        reader, self._reader, self._cursor = self._reader, None, None
        if reader is not None:
            reader.close()

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """How many units of work wait for the writer."""
        return {"storage_units_waiting": lambda: self._writer.waiting}

    async def _read(self, make: Callable[[], Steps[T]], /) -> T:
        return self._drive(make())

    def _drive(self, steps: Steps[T]) -> T:
        if self._cursor is None:
            raise Unavailable("The storage is closed.")
        try:
            return drive(self._cursor, steps)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise domain_error(error) from error

    async def _write(
        self,
        make: Callable[[], Steps[T]],
        keys: frozenset[str] = frozenset(),
        events: Sequence[bytes] = (),
        /,
    ) -> T:
        result: T = await self._writer.submit(make, keys, events)
        return result

    async def commit(self, operations: Sequence[Operation]) -> None:
        """Apply all operations, or none; they are on disk when this returns."""
        operations = tuple(operations)
        events = signals_in(operations)
        await self._write(lambda: apply(SQLITE, operations), changed_keys(operations), events)

    def hear(self, on_signal: OnSignal) -> None:
        """Tell this function of other processes' events, when `stale_keys` comes across them."""
        self._on_signal = on_signal

    @contextlib.asynccontextmanager
    async def bulk(self) -> AsyncIterator[None]:
        """Commit seldom and in large groups, with a page cache that holds what they touch.

        A group writes each page once. Ten thousand home timelines end on ten thousand pages: a post alone
        writes fifty of them, a thousand posts together hardly more than all.
        """
        await self._write(lambda: _cache_pages(BULK_CACHE_KIB))
        self._writer.bulk = True
        try:
            yield
        finally:
            self._writer.bulk = False
            await self._write(lambda: _cache_pages(PAGE_CACHE_KIB))

    def stale_keys(self) -> frozenset[str] | None:
        """What other processes changed since the last call: microseconds as long as nobody committed."""
        cursor = self._cursor
        if cursor is None:
            return None
        version = self._version_now(cursor)
        if version == self._data_version:
            return self._take_abandoned() if self._abandoned else frozenset()
        self._data_version = version
        keys = self._take_abandoned()
        for seq, origin, changed, events in cursor.execute(_CHANGES, {"seq": self._seen}).fetchall():
            if seq != self._seen + 1:
                self._seen = cursor.execute(_LAST_CHANGE).fetchone()[0]
                return None
            self._seen = seq
            if origin != self._origin:
                keys |= frozenset(msgspec.json.decode(changed, type=list[str]))
                self._tell(events)
        return keys

    def _tell(self, events: str) -> None:
        if self._on_signal is not None and events != "[]":
            for event in msgspec.json.decode(events, type=list[msgspec.Raw]):
                self._on_signal(bytes(event))

    def _take_abandoned(self) -> frozenset[str]:
        keys = frozenset(self._abandoned)
        self._abandoned.clear()
        return keys

    @staticmethod
    def _version_now(cursor: sqlite3.Cursor) -> int:
        version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def value(self, plugin: str, key: str) -> bytes | None:
        """One of a plugin's stored values."""
        return self._drive(misc.value(plugin, key))

    async def values(self, plugin: str, prefix: str = "") -> Mapping[str, bytes]:
        """A plugin's values by key."""
        return self._drive(misc.values(plugin, prefix))

    async def idempotent_result(self, account_id: int, key: str, since: int) -> int | None:
        """What the first request with this key made, if it came after `since`."""
        return self._drive(misc.idempotent_result(account_id, key, since))

    async def audit(self, page: Page) -> Listing[Audit]:
        """The audit log, newest first."""
        return self._drive(misc.audit(page))

    async def counts(self) -> SiteCounts:
        """How much there is. It looks at every account, so it leaves the loop's thread."""
        return await self._aside(misc.counts)

    async def _aside(self, make: Callable[[], Steps[T]], /) -> T:
        """Read what takes longer than a page, in a thread and by a connection of its own."""
        if self._cursor is None:
            raise Unavailable("The storage is closed.")
        return await asyncio.to_thread(self._drive_aside, make)

    def _drive_aside(self, make: Callable[[], Steps[T]]) -> T:
        try:
            with contextlib.closing(connect(self._path, readonly=True)) as connection:
                return drive(connection.cursor(), make())
        except (sqlite3.Error, OverflowError) as error:
            raise domain_error(error) from error

    async def ping(self) -> None:
        """Raises `Unavailable` when the file can't be read."""
        self._drive(misc.nothing())


def _check_file(path: str) -> None:
    if not Path(path).is_file():
        raise ConfigurationError(f"There is no database {path}.", hint="Run `microblog migrate` to make it.")


def _cache_pages(kibibytes: int) -> Steps[None]:
    yield f"PRAGMA cache_size = -{kibibytes}", {}


def stored_revisions(connection: sqlite3.Connection) -> list[str]:
    """The revisions of the schema that is stored: one, or none in an empty database."""
    try:
        return [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.OperationalError:
        return []
