"""The capability `sql`: plugins' own statements, in the same transaction as everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

import pytest

from microblog_core.domain.errors import MicroblogError, PluginError
from microblog_core.ports import tables
from microblog_core.ports.operations import DeletePost, Operation, PutValue, RunSql
from microblog_core.ports.storage import SQL, Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused

Select = Callable[[str], Awaitable[Sequence[Sequence[Any]]]]


def _run(statement: str, **parameters: str | int | float | bytes | None) -> Operation:
    return RunSql(statement=statement, parameters=parameters)


class SqlTests(StorageTests):
    """Statements of plugins. A subclass gives the fixture `select`: a coroutine function from a statement
    to its rows.
    """

    bytes_type: ClassVar[str] = "BLOB"
    """The name of the column type for bytes."""

    @pytest.fixture
    async def table(self, build: Builder) -> str:
        """A table of a plugin's own."""
        columns = f"id BIGINT PRIMARY KEY, words TEXT, share DOUBLE PRECISION, data {self.bytes_type}"
        await build.apply(_run(f"CREATE TABLE suite_things ({columns})"))
        return "suite_things"

    async def test_the_capability_is_declared(self, storage: Storage) -> None:
        assert SQL in storage.capabilities

    async def test_parameters_of_every_type_arrive_as_they_are(
        self, build: Builder, table: str, select: Select
    ) -> None:
        insert = f"INSERT INTO {table} VALUES (:id, :words, :share, :data)"
        hostile = "'; DROP TABLE suite_things; -- :id ? %s $1 \N{CAT FACE}"
        await build.apply(
            _run(insert, id=2**62, words=hostile, share=0.1, data=b"\x00\xff'"),
            _run(insert, id=-1, words="", share=None, data=None),
            _run(f"UPDATE {table} SET words = :words WHERE id = :id", id=-1, words=None),
            _run(f"INSERT INTO {table} (id, words) VALUES (7, 'at 10:30')"),
        )
        rows = await select(f"SELECT id, words, share, data FROM {table} ORDER BY id")
        assert [tuple(row) for row in rows] == [
            (-1, None, None, None),
            (7, "at 10:30", None, None),
            (2**62, hostile, 0.1, b"\x00\xff'"),
        ]

    async def test_a_plugin_reads_what_was_committed(
        self, storage: Storage, build: Builder, table: str
    ) -> None:
        insert = f"INSERT INTO {table} (id, words) VALUES (:id, :words)"
        await build.apply(_run(insert, id=2**62, words="at 10:30"), _run(insert, id=7, words=None))
        chosen = f"SELECT words, id FROM {table} WHERE id IN (:a, :b) AND (id > :c) ORDER BY id"
        rows = await tables.select(storage, chosen, a=2**62, b=7, c=1)
        assert [tuple(row) for row in rows] == [(None, 7), ("at 10:30", 2**62)]

    @pytest.mark.parametrize(
        "statement", ["DELETE FROM suite_things", "", "SELECT nothing FROM nowhere", "SELECT :missing"]
    )
    async def test_what_is_no_question_is_refused_and_changes_nothing(
        self, storage: Storage, build: Builder, table: str, statement: str
    ) -> None:
        await build.apply(_run(f"INSERT INTO {table} (id) VALUES (1)"))
        with pytest.raises(PluginError):
            await tables.select(storage, statement)
        assert len(await tables.select(storage, f"SELECT id FROM {table}")) == 1

    async def test_a_statement_is_undone_with_its_unit(
        self, build: Builder, table: str, select: Select
    ) -> None:
        ada = await build.account("ada")
        insert = _run(f"INSERT INTO {table} (id) VALUES (1)")
        await refused(build, "exists", insert, DeletePost(post=build.draft(ada)))
        assert list(await select(f"SELECT id FROM {table}")) == []

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO suite_things (id) VALUES (1)",
            "SELECT nothing FROM nowhere",
            "no sql",
            "SELECT :missing",
        ],
        ids=["constraint", "no table", "syntax", "parameter"],
    )
    async def test_a_statement_that_fails_undoes_its_unit_and_no_other(
        self, storage: Storage, build: Builder, table: str, select: Select, statement: str
    ) -> None:
        await build.apply(_run(f"INSERT INTO {table} (id) VALUES (1)"))
        failing = (PutValue(plugin="suite", key="failed", value=b""), _run(statement))
        good = [
            (
                PutValue(plugin="suite", key=f"good{n}", value=b""),
                _run(f"INSERT INTO {table} (id) VALUES ({n})"),
            )
            for n in range(2, 6)
        ]
        results = await asyncio.gather(
            *(build.apply(*unit) for unit in (*good[:2], failing, *good[2:])), return_exceptions=True
        )
        assert isinstance(results.pop(2), MicroblogError)
        assert results == [None] * 4
        assert set(await storage.values("suite")) == {"good2", "good3", "good4", "good5"}
        rows = await select(f"SELECT id FROM {table} ORDER BY id")
        assert [tuple(row) for row in rows] == [(1,), (2,), (3,), (4,), (5,)]
