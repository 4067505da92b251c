"""The plugin offers both storages and is light to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_plugins.sql import plugin
from microblog_plugins.sql.postgres import PostgresStorage
from microblog_plugins.sql.sqlite import SqliteStorage


def test_both_databases_are_offered_by_scheme():
    factories = {scheme: factory for factory in plugin.register_storages() for scheme in factory.schemes}
    assert set(factories) == {"sqlite", "postgresql", "postgres"}
    assert factories["sqlite"].embedded
    assert not factories["postgresql"].embedded
    assert isinstance(factories["sqlite"].open("sqlite:///x.db"), SqliteStorage)
    assert isinstance(factories["postgresql"].open("postgresql://localhost/x"), PostgresStorage)


def test_importing_the_plugin_loads_no_database_library():
    program = (
        "import sys; from microblog_plugins.sql import plugin; plugin.register_storages();"
        "print([name for name in ('sqlalchemy', 'alembic', 'asyncpg', 'sqlite3') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_serving_from_sqlite_loads_no_migration_tool():
    program = (
        "import sys; from microblog_plugins.sql import plugin; plugin._open_sqlite('sqlite:///x.db');"
        "print([name for name in ('sqlalchemy', 'alembic', 'asyncpg') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_postgresql_without_its_driver_says_which_extra_is_missing(monkeypatch):
    monkeypatch.setattr(plugin.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="extra 'postgres'"):
        plugin._open_postgres("postgresql://localhost/x")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/x.db"])
def test_a_url_without_a_file_is_refused(url):
    with pytest.raises(ConfigurationError):
        plugin._open_sqlite(url)
