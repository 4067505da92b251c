"""Schema tools of SQLite: migrations in one transaction, and copies by SQLite's own backup while the site
runs.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core.domain.errors import ConfigurationError
from microblog_plugins.sql.connection import BUSY_MILLISECONDS, connect
from microblog_plugins.sql.revision import HEAD
from microblog_plugins.sql.sqlite import path_of, stored_revisions

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MAGIC = b"SQLite format 3\x00"
_PAGES_AT_ONCE = 1024


class SqliteTools:
    """A `ports.storage.SchemaTools` for one file."""

    def __init__(self, url: str) -> None:
        self._path = Path(path_of(url))

    def status(self) -> tuple[str, str]:
        """(revision that is stored, revision that this version needs).

        Asked at every start: the migration tools, which take a second to import, stay out of it.
        """
        if not self._path.exists():
            return "", HEAD
        with contextlib.closing(connect(str(self._path), readonly=True)) as connection:
            return ", ".join(stored_revisions(connection)), HEAD

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to a revision in one transaction; makes the file, for its owner alone."""
        from microblog_plugins.sql import tools

        self._path.parent.mkdir(parents=True, exist_ok=True)
        _make_private(self._path)
        connect(str(self._path)).close()
        with self._connection() as connection:
            tools.migrate(connection, revision)

    def backup(self, target: str) -> None:
        """Write a consistent copy while the site runs. Raises `ConfigurationError` where nothing is to be
        copied.
        """
        if not self._path.is_file():
            raise ConfigurationError(f"There is no database {self._path}.", hint="Check the storage's URL.")
        fresh = Path(f"{target}.part")
        fresh.unlink(missing_ok=True)
        _make_private(fresh)
        with (
            contextlib.closing(connect(str(self._path), readonly=True)) as source,
            contextlib.closing(sqlite3.connect(fresh)) as copy,
        ):
            source.backup(copy, pages=_PAGES_AT_ONCE)
            # A copy is one file: without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        _sync(fresh)
        fresh.replace(target)
        _sync(fresh.parent)

    def restore(self, source: str) -> None:
        """Replace everything by a copy; the site must be stopped. Raises `ConfigurationError` for what is no
        sound copy.
        """
        _check_copy(Path(source))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _make_private(self._path)
        with (
            contextlib.closing(sqlite3.connect(source)) as copy,
            contextlib.closing(connect(str(self._path))) as target,
        ):
            copy.backup(target)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection in a transaction that holds the write lock, so that the schema changes whole or not at
        all.
        """
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import NullPool

        engine = create_engine(
            f"sqlite:///{self._path}",
            poolclass=NullPool,
            connect_args={"timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None},
        )
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with engine.connect() as connection, connection.begin():
            yield connection


def _make_private(path: Path) -> None:
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC))


def _check_copy(source: Path) -> None:
    problem = ""
    if not source.is_file():
        problem = "there is no such file"
    elif _first_bytes(source) != _MAGIC:
        problem = "it is no SQLite database"
    else:
        problem = _fault_of(source)
    if problem:
        raise ConfigurationError(
            f"{source} can't be restored: {problem}.", hint="Give a file that `microblog backup` wrote."
        )


def _fault_of(source: Path) -> str:
    """What is wrong with a file that claims to be a database; empty for nothing."""
    try:
        with contextlib.closing(sqlite3.connect(source)) as copy:
            (state,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        return f"it is damaged: {error}"
    if state != "ok":
        return f"it is damaged: {state}"
    return "" if "alembic_version" in tables else "it holds no Microblog"
