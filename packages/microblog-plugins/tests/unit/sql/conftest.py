"""Storages of both kinds, fresh for each test, and what looks at the statements that they run."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from microblog_core.testing.postgres import create_database, drop_database
from microblog_plugins.sql import sqlite
from microblog_plugins.sql.connection import connect, drive
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.postgres_tools import PostgresTools
from microblog_plugins.sql.schema import metadata
from microblog_plugins.sql.sqlite import SqliteStorage, path_of
from microblog_plugins.sql.sqlite_tools import SqliteTools

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """An empty database with the schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    SqliteTools(f"sqlite:///{path}").migrate()
    return path


@pytest.fixture
def sqlite_url(migrated_file, tmp_path):
    """The URL of a fresh file with the schema."""
    path = tmp_path / "microblog.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def sqlite_storage(sqlite_url):
    storage = SqliteStorage(sqlite_url)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def other_sqlite_storage(sqlite_url):
    """The same file, as another process would open it."""
    storage = SqliteStorage(sqlite_url)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
def sqlite_connection(sqlite_url):
    """A connection of nobody's, to look at the file or to stand in its way."""
    connection = connect(path_of(sqlite_url))
    yield connection
    connection.close()


class Recorder(sqlite3.Cursor):
    """A cursor that keeps every statement with its parameters."""

    def __init__(self, connection):
        super().__init__(connection)
        self.statements = []

    def execute(self, statement, parameters=()):
        self.statements.append((statement, parameters))
        return super().execute(statement, parameters)

    def asked(self):
        """The statements, without those that fetch posts and accounts that aren't kept."""
        return [each for each in self.statements if not each[0].startswith("SELECT t.revision")]

    def fetched(self):
        """The statements that fetch posts and accounts."""
        return [each for each in self.statements if each[0].startswith("SELECT t.revision")]


@pytest.fixture
def recorder(sqlite_storage, monkeypatch):
    """Every statement that the storage reads with, from now on."""
    cursor = Recorder(sqlite_storage._reader)
    monkeypatch.setattr(sqlite_storage, "_cursor", cursor)
    return cursor


@pytest.fixture
def aside(monkeypatch):
    """Every statement, with its parameters, of the reads that have a connection of their own."""
    statements = []

    def drive_and_keep(cursor, steps):
        def kept():
            rows = None
            while True:
                try:
                    statement = steps.send(rows)
                except StopIteration as end:
                    return end.value
                statements.append(statement)
                rows = yield statement

        return drive(cursor, kept())

    monkeypatch.setattr(sqlite, "drive", drive_and_keep)
    return statements


@pytest.fixture(scope="session")
def migrated_database(new_postgres_database):
    """The URL of a database with the schema; whoever writes into it empties it first."""
    url = new_postgres_database()
    PostgresTools(url).migrate()
    return url


@pytest.fixture
async def postgres_migrated(migrated_database):
    """The URL of a database with the schema and nothing else."""
    connection = await asyncpg.connect(migrated_database)
    # TRUNCATE makes each table and index anew, a hundred times as long as there is something to delete.
    await connection.execute(
        # The triggers that keep the ledger from being changed are asked nothing here.
        "SET session_replication_role = replica;"
        + "".join(f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables))
        + "SET session_replication_role = origin;"
    )
    await connection.close()
    return migrated_database


@pytest.fixture
def postgres_own(postgres_url, postgres_migrated):
    """The URL of a database that the test may do anything to."""
    url = create_database(postgres_url, template=urlsplit(postgres_migrated).path.removeprefix("/"))
    yield url
    drop_database(postgres_url, url)


@pytest.fixture
async def postgres_storage(postgres_migrated):
    storage = PostgresStorage(postgres_migrated)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def other_postgres_storage(postgres_migrated):
    """The same database, as another process would open it."""
    storage = PostgresStorage(postgres_migrated)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture(scope="session")
def town_file(migrated_file, tmp_path_factory):
    """A file with the town in it, to be copied, and its people."""
    path = tmp_path_factory.mktemp("town") / "town.db"
    shutil.copy(migrated_file, path)

    from sql_town import Town

    async def make():
        storage = SqliteStorage(f"sqlite:///{path}")
        await storage.open()
        town = await Town().make(storage)
        await storage.close()
        return town

    return path, asyncio.run(make())


@pytest.fixture
def town_url(town_file, tmp_path):
    path = tmp_path / "town.db"
    shutil.copy(town_file[0], path)
    return f"sqlite:///{path}"


@pytest.fixture
def town(town_file):
    return town_file[1]
