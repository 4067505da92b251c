"""Storages of both kinds, fresh for each test."""

from __future__ import annotations

import shutil

import asyncpg
import pytest

from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.postgres_tools import PostgresTools
from microblog_plugins.sql.schema import metadata
from microblog_plugins.sql.sqlite import SqliteStorage
from microblog_plugins.sql.sqlite_tools import SqliteTools


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
    await connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    await connection.close()
    return migrated_database


@pytest.fixture
async def postgres_storage(postgres_migrated):
    storage = PostgresStorage(postgres_migrated)
    await storage.open()
    yield storage
    await storage.close()
