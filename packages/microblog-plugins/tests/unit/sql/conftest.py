"""Storages of both kinds, fresh for each test."""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit

import pytest

from microblog_core.testing.postgres import create_database, drop_database
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.postgres_tools import PostgresTools
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
def migrated_database(postgres_url, new_postgres_database):
    """The name of an empty database with the schema, to be copied."""
    url = new_postgres_database()
    PostgresTools(url).migrate()
    return urlsplit(url).path.removeprefix("/")


@pytest.fixture
def postgres_migrated(postgres_url, migrated_database):
    """The URL of a fresh database with the schema."""
    url = create_database(postgres_url, template=migrated_database)
    yield url
    drop_database(postgres_url, url)


@pytest.fixture
async def postgres_storage(postgres_migrated):
    storage = PostgresStorage(postgres_migrated)
    await storage.open()
    yield storage
    await storage.close()
