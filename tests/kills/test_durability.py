"""What a power cut would do can't be tried here; so the settings that decide about it are asked for."""

from __future__ import annotations

from pathlib import Path

from microblog_plugins.sql.sqlite import SqliteStorage
from microblog_plugins.sql.sqlite_tools import SqliteTools
from microblog_plugins.sql.steps import Row, Steps

FULL = 2


def _ask(pragma: str) -> Steps[list[Row]]:
    return (yield f"PRAGMA {pragma}", {})


async def test_sqlites_writer_acknowledges_only_what_is_on_the_disk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'microblog.db'}"
    SqliteTools(url).migrate()
    storage = SqliteStorage(url)
    await storage.open()
    try:
        # Steps run by the writer, in its thread and on its connection, as every unit of work is.
        assert await storage._write(lambda: _ask("synchronous")) == [(FULL,)]
        assert await storage._write(lambda: _ask("journal_mode")) == [("wal",)]
    finally:
        await storage.close()
