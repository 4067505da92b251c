"""What SQLite and PostgreSQL say differently, and nothing else.

All other SQL of this package is understood by both. A dialect gives pieces of SQL text and packs the values
that these pieces take.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import msgspec

ROW_BY_ROW = "/* row by row */"
"""Ends a subquery that is to be asked by its index for each row. SQLite, for which this is a comment, does so
anyway; for PostgreSQL it becomes OFFSET 0, or it would read all that the viewer ever did before looking at a
page.
"""


NOW = "(CAST(strftime('%s', 'now') AS INTEGER) * 1000)"
"""This moment in Unix milliseconds, as SQLite says it; for PostgreSQL it is replaced by `POSTGRES_NOW`."""
POSTGRES_NOW = "CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)"


def exists(table: str, condition: str) -> str:
    """A condition: the table has such a row, looked up for each row of the statement around it."""
    return f"EXISTS (SELECT 1 FROM {table} WHERE {condition} {ROW_BY_ROW})"


def beyond(text: str) -> str:
    """What comes after every text that begins with this one."""
    return text + "\U0010ffff"


class Dialect(ABC):
    """The differences. Names of parameters are given without their colon."""

    has_priority_queue: bool
    """Whether a recursive query gives its rows in the order that it asks for, as far as they are wanted."""

    has_lateral: bool
    """Whether a table expression may depend on those before it."""

    database_size: str
    """A value: how many bytes the database takes."""

    has_fts5: bool
    """Whether words are found by a table of FTS5; else by a column of type tsvector."""

    @abstractmethod
    def indexed(self, index: str) -> str:
        """What follows a table's name so that this index is used, where the planner takes advice."""

    @abstractmethod
    def among(self, column: str, parameter: str) -> str:
        """A condition: the column is one of the ids that `ids` packed into the parameter."""

    @abstractmethod
    def unpacked(self, parameter: str, kind: str = "BIGINT") -> str:
        """A table expression `unpacked` with one column `value`: what `ids` (or `texts`, with the kind TEXT)
        packed.
        """

    @abstractmethod
    def rows(self, parameter: str) -> str:
        """A table expression `unpacked` of a JSON array of rows, each an array; `item` takes them apart."""

    @abstractmethod
    def item(self, index: int, kind: str) -> str:
        """A value of a row of `rows`, counted from 0."""

    @abstractmethod
    def ids(self, values: Iterable[int]) -> Any:
        """Pack ids into one parameter."""

    @abstractmethod
    def texts(self, values: Iterable[str]) -> Any:
        """Pack texts into one parameter, for `among_texts` and `unpacked`."""

    @abstractmethod
    def among_texts(self, column: str, parameter: str) -> str:
        """A condition: the column is one of the texts that `texts` packed into the parameter."""

    @abstractmethod
    def bytewise(self, column: str) -> str:
        """The column in the order of its bytes, for ORDER BY."""

    @abstractmethod
    def locked(self, skip: bool = False) -> str:
        """What ends a SELECT whose rows this transaction wants for itself; `skip` leaves out what others
        hold.
        """

    def chosen(self, select: str) -> str:
        """What begins an UPDATE or DELETE: `chosen`, the rows of this SELECT, without those that others hold.

        Asked once. As a subquery it may be asked for each row, and then finds others each time, since what
        the statement itself has removed is left out: more go than the SELECT's limit allows.
        """
        return f"WITH chosen AS MATERIALIZED ({select}{self.locked(skip=True)})"

    @abstractmethod
    def one_at_a_time(self, table: str) -> str:
        """A statement: of the transactions that say so of this table each waits for the end of the one before
        it; others don't wait. Empty where there is one writer anyway.
        """


class SqliteDialect(Dialect):
    """SQLite: ids travel as one JSON text; there is one writer, so rows need no locks."""

    has_priority_queue = True
    has_lateral = False
    has_fts5 = True
    database_size = "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())"

    def indexed(self, index: str) -> str:
        return f" INDEXED BY {index}"

    def among(self, column: str, parameter: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(:{parameter}))"

    def unpacked(self, parameter: str, kind: str = "BIGINT") -> str:
        return f"json_each(:{parameter}) AS unpacked"

    def rows(self, parameter: str) -> str:
        return f"json_each(:{parameter}) AS unpacked"

    def item(self, index: int, kind: str) -> str:
        return f"CAST(json_extract(unpacked.value, '$[{index}]') AS {kind})"

    def ids(self, values: Iterable[int]) -> str:
        return msgspec.json.encode(list(values)).decode()

    def texts(self, values: Iterable[str]) -> str:
        return msgspec.json.encode(list(values)).decode()

    def among_texts(self, column: str, parameter: str) -> str:
        return self.among(column, parameter)

    def bytewise(self, column: str) -> str:
        return column

    def locked(self, skip: bool = False) -> str:
        return ""

    def one_at_a_time(self, table: str) -> str:
        return ""


class PostgresDialect(Dialect):
    """PostgreSQL: ids travel as arrays."""

    has_priority_queue = False
    has_lateral = True
    has_fts5 = False
    database_size = "pg_database_size(current_database())"

    def indexed(self, index: str) -> str:
        return ""

    def among(self, column: str, parameter: str) -> str:
        return f"{column} = ANY(CAST(:{parameter} AS BIGINT[]))"

    def unpacked(self, parameter: str, kind: str = "BIGINT") -> str:
        return f"unnest(CAST(:{parameter} AS {kind}[])) AS unpacked(value)"

    def rows(self, parameter: str) -> str:
        return f"jsonb_array_elements(CAST(:{parameter} AS JSONB)) AS unpacked(value)"

    def item(self, index: int, kind: str) -> str:
        return f"CAST(unpacked.value ->> {index} AS {kind})"

    def ids(self, values: Iterable[int]) -> list[int]:
        return list(values)

    def texts(self, values: Iterable[str]) -> list[str]:
        return list(values)

    def among_texts(self, column: str, parameter: str) -> str:
        return f"{column} = ANY(CAST(:{parameter} AS TEXT[]))"

    def bytewise(self, column: str) -> str:
        return f"{column} USING ~<~"

    def locked(self, skip: bool = False) -> str:
        return " FOR UPDATE SKIP LOCKED" if skip else " FOR UPDATE"

    def one_at_a_time(self, table: str) -> str:
        # The table's own id, since several sites may have a schema each in one database.
        return f"SELECT pg_advisory_xact_lock(CAST(CAST('{table}' AS regclass) AS BIGINT))"


SQLITE = SqliteDialect()
POSTGRES = PostgresDialect()
