"""Connections to SQLite: how they are set up, how steps run on one, and what its errors mean."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TypeVar

from microblog_core.domain.errors import Invalid, MicroblogError, PluginError, Unavailable
from microblog_plugins.sql.errors import conflict, guard_of_columns
from microblog_plugins.sql.steps import Steps

T = TypeVar("T")

STATEMENTS_KEPT = 512
PAGE_CACHE_KIB = 12 * 1024
CHECKPOINT_PAGES = 4000
"""How many pages gather in the log before they are moved into the file. A post touches the end of each
follower's home timeline, the same pages again and again: four times SQLite's default takes a fifth off what
publishing costs.
"""
BUSY_MILLISECONDS = 5000
OLDEST_SQLITE = (3, 35, 0)
"""The first version with RETURNING."""

_UNIQUE = "UNIQUE constraint failed: "


def connect(path: str, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection to the file, for use by one thread at a time. Raises `Unavailable`.

    What is acknowledged survives a power cut: the journal is a write-ahead log with `synchronous=FULL`.
    """
    try:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
            timeout=BUSY_MILLISECONDS / 1000,
        )
        with contextlib.ExitStack() as undo:
            undo.callback(connection.close)
            _set_up(connection, readonly)
            undo.pop_all()
    except sqlite3.Error as error:
        raise Unavailable(f"The database {path} can't be opened: {error}.") from error
    return connection


def _set_up(connection: sqlite3.Connection, readonly: bool) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != 2:
        raise Unavailable(
            "The database can't keep a write-ahead log where it is.",
            hint="Put the file on a local disk; network file systems don't work.",
        )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").fetchall()
    connection.execute("PRAGMA temp_store = MEMORY")
    if readonly:
        connection.execute("PRAGMA query_only = ON")


def drive(cursor: sqlite3.Cursor, steps: Steps[T]) -> T:
    """Run steps to their end on this cursor; drivers' errors come through as they are."""
    try:
        statement, parameters = next(steps)
        while True:
            statement, parameters = steps.send(cursor.execute(statement, parameters).fetchall())
    except StopIteration as end:
        result: T = end.value
        return result


def domain_error(error: Exception) -> Exception:
    """What an error of a unit means for whoever asked for it; errors of ours stay as they are."""
    if isinstance(error, MicroblogError):
        return error
    if isinstance(error, sqlite3.IntegrityError):
        return _integrity_error(error)
    if isinstance(error, (OverflowError, UnicodeEncodeError)):
        return Invalid("This value can't be stored.", hint="Use valid text and numbers below 2^63.")
    if isinstance(error, (sqlite3.ProgrammingError, sqlite3.Warning)):
        return PluginError(f"A statement is wrong: {error}.")
    if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
        return PluginError(f"A statement is wrong: {error}.")
    if isinstance(error, sqlite3.Error):
        return Unavailable(f"The database does not answer: {error}.", hint="Try again later.")
    return error


def _integrity_error(error: sqlite3.IntegrityError) -> Exception:
    message = str(error)
    if message.startswith(_UNIQUE):
        return conflict(guard_of_columns(message.removeprefix(_UNIQUE)))
    if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return conflict("exists")
    return Invalid(f"This value can't be stored: {message}.")
