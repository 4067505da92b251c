"""The PostgreSQL of the test kit: real, shared, isolated by database, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from microblog_core.testing import postgres

USE_AND_WAIT = """
import sys
from pathlib import Path
from microblog_core.testing import postgres

with postgres.shared_server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def _user(meeting: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USE_AND_WAIT, str(meeting)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _keeper_has_ended(meeting: Path) -> None:
    """Return when the keeper's lock can be had, which is when it has ended."""
    import fcntl

    with (meeting / "postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        while (meeting / "postgres.url").exists():
            fcntl.flock(users, fcntl.LOCK_UN)
            fcntl.flock(users, fcntl.LOCK_EX)


def test_a_fresh_database_is_empty_and_speaks_as_a_real_server(postgres_database: str) -> None:
    assert (
        postgres.run_sql(postgres_database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        == "0\n"
    )
    assert "PostgreSQL" in postgres.run_sql(postgres_database, "SELECT version()")


def test_databases_do_not_see_each_other(new_postgres_database) -> None:
    first, second = new_postgres_database(), new_postgres_database()
    postgres.run_sql(first, "CREATE TABLE mine (id int)")
    with pytest.raises(RuntimeError, match='relation "mine" does not exist'):
        postgres.run_sql(second, "SELECT * FROM mine")


def test_a_copy_of_a_template_has_its_rows(postgres_url: str, new_postgres_database) -> None:
    original = new_postgres_database()
    postgres.run_sql(original, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('yes')")
    copy = postgres.create_database(postgres_url, template=original.rpartition("/")[2])
    try:
        assert postgres.run_sql(copy, "SELECT word FROM kept") == "yes\n"
    finally:
        postgres.drop_database(postgres_url, copy)


def test_a_dropped_database_is_gone(postgres_url: str) -> None:
    database = postgres.create_database(postgres_url)
    postgres.drop_database(postgres_url, database)
    with pytest.raises(RuntimeError, match="does not exist"):
        postgres.run_sql(database, "SELECT 1")


def test_the_address_in_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(postgres.ADDRESS_VARIABLE, "postgresql://elsewhere/db")
    with postgres.shared_server(tmp_path) as url:
        assert url == "postgresql://elsewhere/db"
    assert list(tmp_path.iterdir()) == []


def test_no_binaries_is_an_error_that_says_where_was_looked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(postgres.ADDRESS_VARIABLE, raising=False)
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)
    with (
        pytest.raises(postgres.PostgresMissing, match="MICROBLOG_TEST_POSTGRES"),
        postgres.shared_server(tmp_path),
    ):
        pass


@pytest.mark.skipif(postgres.ADDRESS_VARIABLE in os.environ, reason="the server is somebody else's to stop")
def test_two_processes_share_a_server_that_ends_with_the_last_even_when_killed(tmp_path: Path) -> None:
    with _user(tmp_path) as first, _user(tmp_path) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        url = first.stdout.readline().strip()
        assert second.stdout.readline().strip() == url
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert postgres.run_sql(url, "SELECT 1") == "1\n"
        second.send_signal(signal.SIGKILL)
        second.wait()
    _keeper_has_ended(tmp_path)
    with pytest.raises(RuntimeError, match=r"refused|could not connect"):
        postgres.run_sql(url, "SELECT 1")
