"""Storage in PostgreSQL, for any number of processes: the same statements through asyncpg, prepared once for
each connection.

A unit of work is one transaction, run again where PostgreSQL ended it for the sake of another one. Which
cache keys it makes stale goes to the other processes with its commit (`notify`); that is soon, but not before
the commit returns, so the storage is not coherent.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]

from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.operations import Operation, changed_keys
from microblog_core.ports.signals import OnSignal
from microblog_core.ports.storage import (
    LEDGER,
    QUEUE,
    SEARCH,
    SIGNALS,
    SQL,
    STATISTICS,
    TRENDS,
    Audit,
    SiteCounts,
)
from microblog_plugins.sql.dialect import POSTGRES
from microblog_plugins.sql.kept import Kept
from microblog_plugins.sql.notify import CHANNEL, Listener, payloads
from microblog_plugins.sql.postgres_driver import SETTINGS, connection_lost, domain_error, drive
from microblog_plugins.sql.readers import SqlReaders
from microblog_plugins.sql.reads import misc
from microblog_plugins.sql.revision import check_revision
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.apply import apply
from microblog_plugins.sql.writes.signals import signals_in

T = TypeVar("T")

CONNECTIONS = 16
WAIT_SECONDS = 10.0
"""How long to wait for a connection before a request fails."""
COMMAND_SECONDS = 30.0
TRIES = 10
READ_TRIES = 3

_NOTIFY = (
    "SELECT pg_notify($1, said.text) FROM unnest(CAST($2 AS TEXT[])) WITH ORDINALITY AS said(text, place)"
    " ORDER BY said.place"
)
_RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


async def _leave_as_is(connection: Any) -> None:
    """Nothing here changes a connection's settings, so giving one back needs no round trip."""


class PostgresStorage(SqlReaders):
    """A `ports.storage.Storage` in a database of its own."""

    capabilities: frozenset[str] = frozenset({QUEUE, SQL, SEARCH, TRENDS, SIGNALS, STATISTICS, LEDGER})
    coherent: bool = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._origin = secrets.token_hex(8)
        self._listener = Listener(url, self._origin)
        self._pool: Any = None
        super().__init__(Kept(POSTGRES), self._read, self._write, self._read)

    async def open(self) -> None:
        """Connect. Raises `Unavailable`, `ConfigurationError` (wrong address or password, an older schema, or
        none).
        """
        try:
            await self._listener.start()
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=CONNECTIONS,
                command_timeout=COMMAND_SECONDS,
                server_settings=SETTINGS,
                reset=_leave_as_is,
            )
            check_revision(await self._revisions())
        except (ValueError, asyncpg.InvalidAuthorizationSpecificationError) as error:
            await self.close()
            raise ConfigurationError(
                f"PostgreSQL refuses the storage's URL: {error}.", hint="Check user, password and address."
            ) from error
        except asyncpg.InvalidCatalogNameError as error:
            await self.close()
            raise ConfigurationError(f"{error}.", hint="Create the database first.") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            await self.close()
            raise Unavailable(f"PostgreSQL does not answer: {error}.", hint="Is it running?") from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was submitted and disconnect."""
        pool, self._pool = self._pool, None
        await self._listener.stop()
        if pool is not None:
            await pool.close()

    async def _revisions(self) -> list[str]:
        connection: Any
        async with self._connected() as connection:
            known = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
            if not known:
                return []
            return [row[0] for row in await connection.fetch("SELECT version_num FROM alembic_version")]

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """How many connections there are, and how many of them work."""
        return {
            "storage_connections": lambda: self._pool.get_size(),
            "storage_connections_in_use": lambda: self._pool.get_size() - self._pool.get_idle_size(),
            "storage_connections_max": lambda: CONNECTIONS,
        }

    def _connected(self) -> Any:
        if self._pool is None:
            raise Unavailable("The storage is closed.")
        return self._pool.acquire(timeout=WAIT_SECONDS)

    async def _read(self, make: Callable[[], Steps[T]], /) -> T:
        """Read; again where the server has cut the connection, as it does when it is started anew."""
        for attempt in range(1, READ_TRIES + 1):
            try:
                async with self._connected() as connection:
                    return await drive(connection, make())
            except Exception as error:
                if attempt == READ_TRIES or not connection_lost(error):
                    raise domain_error(error) from error
        raise AssertionError("the last attempt returns or raises")

    async def _write(
        self,
        make: Callable[[], Steps[T]],
        keys: frozenset[str] = frozenset(),
        events: Sequence[bytes] = (),
        /,
    ) -> T:
        said = payloads(self._origin, keys, events)
        for attempt in range(1, TRIES + 1):
            try:
                return await self._write_once(make, said)
            except _RETRIED as error:
                if attempt == TRIES:
                    raise Unavailable("Too much happens at once here.", hint="Try again later.") from error
            except asyncio.CancelledError:
                # Whether it was committed is unknown, and nobody is left to tell this process's caches.
                self._listener.forget(keys)
                raise
            except Exception as error:
                if connection_lost(error):
                    self._listener.forget(keys)
                raise domain_error(error) from error
            await asyncio.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 6)))
        raise AssertionError("the last attempt returns or raises")

    async def _write_once(self, make: Callable[[], Steps[T]], said: Sequence[str]) -> T:
        async with self._connected() as connection, connection.transaction():
            result = await drive(connection, make())
            if said:
                await connection.execute(_NOTIFY, CHANNEL, said)
            return result

    async def commit(self, operations: Sequence[Operation]) -> None:
        """Apply all operations, or none; PostgreSQL has them on disk when this returns."""
        operations = tuple(operations)
        events = signals_in(operations)
        await self._write(lambda: apply(POSTGRES, operations), changed_keys(operations), events)

    def hear(self, on_signal: OnSignal) -> None:
        """Tell this function of other processes' events, as soon as PostgreSQL tells of their commit."""
        self._listener.on_signal = on_signal

    def stale_keys(self) -> frozenset[str] | None:
        """What other processes said they changed since the last call; None while, and after, they could not
        be heard.
        """
        return self._listener.take()

    async def value(self, plugin: str, key: str) -> bytes | None:
        """One of a plugin's stored values."""
        return await self._read(lambda: misc.value(plugin, key))

    async def values(self, plugin: str, prefix: str = "") -> Mapping[str, bytes]:
        """A plugin's values by key."""
        return await self._read(lambda: misc.values(plugin, prefix))

    async def idempotent_result(self, account_id: int, key: str, since: int) -> int | None:
        """What the first request with this key made, if it came after `since`."""
        return await self._read(lambda: misc.idempotent_result(account_id, key, since))

    async def audit(self, page: Page) -> Listing[Audit]:
        """The audit log, newest first."""
        return await self._read(lambda: misc.audit(page))

    async def counts(self) -> SiteCounts:
        """How much there is."""
        return await self._read(misc.counts)

    async def ping(self) -> None:
        """Raises `Unavailable` when PostgreSQL doesn't answer."""
        await self._read(misc.nothing)
