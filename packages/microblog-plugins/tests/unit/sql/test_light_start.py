from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from microblog_plugins.sql.revision import HEAD
from microblog_plugins.sql.sqlite_tools import SqliteTools

START = """
import asyncio, sys
from microblog_plugins.sql import plugin
factory = next(each for each in plugin.register_storages() if each.name == "sqlite")
url = sys.argv[1]
assert factory.tools(url).status() == (sys.argv[2], sys.argv[2])
storage = factory.open(url)
asyncio.run(storage.open())
heavy = {"sqlalchemy", "alembic", "mako"} & sys.modules.keys()
sys.exit(f"a start imports {heavy}" if heavy else 0)
"""


def test_a_start_on_a_current_database_imports_no_migration_tools(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'microblog.db'}"
    SqliteTools(url).migrate()
    ended = subprocess.run(
        [sys.executable, "-c", START, url, HEAD], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr


def test_the_revision_of_an_empty_file_and_of_none_is_empty(tmp_path: Path) -> None:
    tools = SqliteTools(f"sqlite:///{tmp_path / 'microblog.db'}")
    assert tools.status() == ("", HEAD)
    (tmp_path / "microblog.db").touch()
    assert tools.status() == ("", HEAD)
