"""Copies of either database: taken while it is written to, whole, and brought back whole."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.ports.operations import RunSql
from microblog_core.testing.builder import Builder
from microblog_core.testing.postgres import find_binaries
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.postgres_tools import PostgresTools
from microblog_plugins.sql.sqlite import SqliteStorage, path_of
from microblog_plugins.sql.sqlite_tools import SqliteTools

EMPTY = "nobody-here"


async def write_town(storage):
    """A little of everything."""
    build = Builder(storage)
    ada, ben = await build.people("ada", "ben")
    await build.follow(ben, ada)
    post = await build.post(ada, "tab\there, line\nhere, \\back\\slash, '\N{SNOWMAN}'", mentions=(ben,))
    await build.boost(ben, post)
    await build.favourite(ben, post)
    return build, ada, post


async def read_town(storage, ada, post):
    entry = await storage.posts.get(ada.id, post.id)
    return entry, await storage.accounts.login("ben"), await storage.counts()


# SQLite


async def test_a_copy_of_sqlite_is_taken_while_it_is_written_and_brings_everything_back(
    sqlite_storage, sqlite_url, tmp_path
):
    build, ada, post = await write_town(sqlite_storage)
    before = await read_town(sqlite_storage, ada, post)
    copy = tmp_path / "copy"
    writing = asyncio.gather(*(build.account(f"person{number}x") for number in range(20)))
    await asyncio.gather(writing, asyncio.to_thread(SqliteTools(sqlite_url).backup, str(copy)))
    await sqlite_storage.close()

    fresh = f"sqlite:///{tmp_path / 'restored.db'}"
    SqliteTools(fresh).restore(str(copy))
    storage = SqliteStorage(fresh)
    await storage.open()
    entry, login, _ = await read_town(storage, ada, post)
    await storage.close()
    assert (entry, login) == before[:2]


async def test_restoring_sqlite_replaces_what_was_there(sqlite_storage, sqlite_url, tmp_path):
    SqliteTools(sqlite_url).backup(str(tmp_path / "copy"))
    await write_town(sqlite_storage)
    await sqlite_storage.close()
    SqliteTools(sqlite_url).restore(str(tmp_path / "copy"))
    storage = SqliteStorage(sqlite_url)
    await storage.open()
    assert (await storage.counts()).accounts == 0
    await storage.close()


def test_files_of_sqlite_are_for_their_owner_alone(tmp_path):
    url = f"sqlite:///{tmp_path / 'deep' / 'down' / 'x.db'}"
    SqliteTools(url).migrate()
    SqliteTools(url).backup(str(tmp_path / "copy"))
    for path in (Path(path_of(url)), tmp_path / "copy"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, b"", b"no database", b"SQLite format 3\x00" + b"\x00" * 200])
def test_what_is_no_copy_of_sqlite_is_refused_and_changes_nothing(sqlite_url, tmp_path, content):
    source = tmp_path / "source"
    if content is not None:
        source.write_bytes(content)
    before = Path(path_of(sqlite_url)).read_bytes()
    with pytest.raises(ConfigurationError, match="can't be restored"):
        SqliteTools(sqlite_url).restore(str(source))
    assert Path(path_of(sqlite_url)).read_bytes() == before


def test_a_copy_of_nothing_is_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="no database"):
        SqliteTools(f"sqlite:///{tmp_path / 'none.db'}").backup(str(tmp_path / "copy"))
    assert os.listdir(tmp_path) == []


# PostgreSQL


@pytest.fixture(params=["programs", "archive"])
def way(request, monkeypatch):
    """With PostgreSQL's own programs, and without them."""
    folder = str(find_binaries()) if request.param == "programs" else EMPTY
    monkeypatch.setenv("PATH", folder)
    assert (shutil.which("pg_dump") is None) == (request.param == "archive")
    return request.param


async def test_a_copy_of_postgresql_brings_everything_back(postgres_own, way, tmp_path):
    storage = PostgresStorage(postgres_own)
    await storage.open()
    build, ada, post = await write_town(storage)
    before = await read_town(storage, ada, post)
    copy = tmp_path / "copy"
    PostgresTools(postgres_own).backup(str(copy))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["copy"]
    await build.account("late")
    await storage.close()

    PostgresTools(postgres_own).restore(str(copy))
    await storage.open()
    assert await read_town(storage, ada, post) == before
    await build.account("later")
    await storage.close()


async def test_a_plugins_tables_come_along_or_the_copy_is_refused(postgres_own, way, tmp_path):
    storage = PostgresStorage(postgres_own)
    await storage.open()
    await storage.commit([RunSql(statement="CREATE TABLE tipjar (id BIGINT)", parameters={})])
    await storage.close()
    if way == "programs":
        PostgresTools(postgres_own).backup(str(tmp_path / "copy"))
        assert b"tipjar" in (tmp_path / "copy").read_bytes()
    else:
        with pytest.raises(ConfigurationError, match="tipjar"):
            PostgresTools(postgres_own).backup(str(tmp_path / "copy"))
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [None, b"", b"DROP SCHEMA public CASCADE;"])
def test_what_is_no_copy_of_postgresql_is_refused(postgres_own, tmp_path, content):
    source = tmp_path / "source"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(ConfigurationError):
        PostgresTools(postgres_own).restore(str(source))
    assert PostgresTools(postgres_own).status()[0]


def test_a_database_that_does_not_answer_is_said_so():
    with pytest.raises(Unavailable):
        PostgresTools("postgresql://somebody@127.0.0.1:1/nothing").status()


def test_a_database_that_does_not_exist_is_said_so(postgres_own):
    missing = urlunsplit(urlsplit(postgres_own)._replace(path="/nothing_here"))
    with pytest.raises(ConfigurationError, match="nothing_here"):
        PostgresTools(missing).status()
