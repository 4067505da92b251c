"""Backups of PostgreSQL without its programs: a ZIP archive with each table as COPY gives it, and the
schema's revision.

The tables are read in one snapshot, so the copy is consistent while the site runs. Tables of plugins are not
in our migrations; where there are any, only `pg_dump` makes a whole copy, and this refuses.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Any

from microblog_core.domain.errors import ConfigurationError
from microblog_plugins.sql.schema import metadata

_TABLES = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_BLOCK = 1 << 20


async def write_archive(connection: Any, target: Path) -> None:
    """Write all tables. Raises `ConfigurationError` where there is none of ours, or one that isn't ours."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        there = {row[0] for row in await connection.fetch(_TABLES)}
        foreign = sorted(there - {table.name for table in metadata.sorted_tables} - {"alembic_version"})
        if "alembic_version" not in there:
            raise ConfigurationError("The database is empty.", hint="There is nothing to copy.")
        if foreign:
            raise ConfigurationError(
                f"Plugins keep tables of their own: {', '.join(foreign)}.",
                hint="Install PostgreSQL's client programs; with pg_dump everything is copied.",
            )
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("revision", await connection.fetchval("SELECT version_num FROM alembic_version"))
            for table in metadata.sorted_tables:
                if table.name in there:
                    await _write_table(connection, archive, table.name)


async def _write_table(connection: Any, archive: zipfile.ZipFile, table: str) -> None:
    """COPY one table into the archive, by a file, since both write at their own pace."""
    with tempfile.TemporaryFile() as copied:
        await connection.copy_from_table(table, output=copied, format="text")
        copied.seek(0)
        columns = await _columns(connection, table)
        archive.writestr(f"{table}.columns", "\n".join(columns))
        with archive.open(f"{table}.copy", "w", force_zip64=True) as entry:
            while block := copied.read(_BLOCK):
                entry.write(block)


async def _columns(connection: Any, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT column_name::text FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
        table,
    )
    return [row[0] for row in rows]


async def read_archive(connection: Any, source: Path) -> None:
    """Fill empty tables of the archive's revision, in one transaction."""
    with zipfile.ZipFile(source) as archive:
        names = set(archive.namelist())
        async with connection.transaction():
            await connection.execute("SET CONSTRAINTS ALL DEFERRED")
            for table in metadata.sorted_tables:
                if f"{table.name}.copy" in names:
                    await _read_table(connection, archive, table.name)
            await connection.execute(
                "SELECT setval(pg_get_serial_sequence('changes', 'seq'), COALESCE(MAX(seq), 0) + 1, FALSE)"
                " FROM changes"
            )


async def _read_table(connection: Any, archive: zipfile.ZipFile, table: str) -> None:
    columns = archive.read(f"{table}.columns").decode().split("\n")
    with tempfile.TemporaryFile() as copied:
        with archive.open(f"{table}.copy") as entry:
            while block := entry.read(_BLOCK):
                copied.write(block)
        copied.seek(0)
        await connection.copy_to_table(table, source=copied, columns=columns, format="text")
