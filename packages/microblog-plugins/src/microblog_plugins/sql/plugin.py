"""The plugin `sql`: offers storage for URLs such as `sqlite:///microblog.db` and
`postgresql://user@host/name`.

Nothing heavy is imported before a storage is opened.
"""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from microblog_core.contributions import Manifest, StorageFactory
from microblog_core.domain.errors import ConfigurationError
from microblog_core.hookspecs import lifespan as site_lifespan
from microblog_core.hookspecs import register_storages as storages
from microblog_core.plugins.marks import implements
from microblog_core.ports.metrics import Gauged

if TYPE_CHECKING:
    from microblog_core.ports.storage import SchemaTools, Storage
    from microblog_core.site import Site

PLUGIN = Manifest(name="sql", summary="Stores everything in one SQLite file, or in PostgreSQL.")


def _open_sqlite(url: str) -> Storage:
    from microblog_plugins.sql.sqlite import SqliteStorage

    return SqliteStorage(url)


def _sqlite_tools(url: str) -> SchemaTools:
    from microblog_plugins.sql.sqlite_tools import SqliteTools

    return SqliteTools(url)


def _check_driver() -> None:
    if importlib.util.find_spec("asyncpg") is None:
        raise ConfigurationError(
            "PostgreSQL needs the extra 'postgres' of microblog-plugins.",
            hint="Install microblog-plugins[postgres], then start again.",
        )


def _open_postgres(url: str) -> Storage:
    _check_driver()
    from microblog_plugins.sql.postgres import PostgresStorage

    return PostgresStorage(url)


def _postgres_tools(url: str) -> SchemaTools:
    _check_driver()
    from microblog_plugins.sql.postgres_tools import PostgresTools

    return PostgresTools(url)


@implements(site_lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    """Let observers read how busy the storage is, where it is one of ours."""
    return _watched(site)


@asynccontextmanager
async def _watched(site: Site) -> AsyncIterator[None]:
    if isinstance(site.storage, Gauged):
        for name, read in site.storage.gauges().items():
            site.observers.watch(name, read)
    yield


@implements(storages)
def register_storages() -> Iterable[StorageFactory]:
    """SQLite, embedded, and PostgreSQL."""
    return (
        StorageFactory(
            name="sqlite", schemes=("sqlite",), open=_open_sqlite, tools=_sqlite_tools, embedded=True
        ),
        StorageFactory(
            name="postgresql",
            schemes=("postgresql", "postgres"),
            open=_open_postgres,
            tools=_postgres_tools,
        ),
    )
