"""Reading a plugin's own tables, on storages with the capability `sql`. Writing them is a part of a unit of
work: `unit.plugins.sql(...)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from microblog_core.domain.errors import PluginError
from microblog_core.ports.storage import SQL, Storage

SqlValue = str | int | float | bytes | None


@runtime_checkable
class SqlStorage(Protocol):
    """What a storage with the capability `sql` offers beside `Storage`."""

    async def select(self, statement: str, **parameters: SqlValue) -> Sequence[Sequence[Any]]:
        """All rows of one SELECT with named parameters (`:name`), as the database has them.

        Raises `PluginError` for another kind of statement, `Unavailable`.
        """
        ...


async def select(storage: Storage, statement: str, **parameters: SqlValue) -> Sequence[Sequence[Any]]:
    """The rows of a SELECT on a plugin's own tables. What core keeps is read through the storage's readers:
    only they know who may see it, and its tables may change with each version.

    Raises `PluginError` where the storage has no statements, or for what is no SELECT, `Unavailable`.
    """
    if SQL not in storage.capabilities or not isinstance(storage, SqlStorage):
        raise PluginError(
            "This storage runs no statements of plugins.",
            hint="Let the manifest say capabilities=('sql',), or keep values in the plugin store.",
        )
    return await storage.select(statement, **parameters)
