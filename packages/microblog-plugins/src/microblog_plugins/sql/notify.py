"""What processes tell one another through PostgreSQL: which cache keys a commit made stale.

Each process listens on a connection of its own. While that is broken nothing may be cached, and once it is
back everything cached before is forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import msgspec

from microblog_plugins.sql.postgres_driver import SETTINGS

CHANNEL = "microblog_changes"
PAYLOAD_BYTES = 7900
"""PostgreSQL takes less than 8000 bytes."""
CONNECT_SECONDS = 10.0
RECONNECT_SECONDS = 5.0


class Change(msgspec.Struct, array_like=True):
    """Who committed, and what that made stale; None where it was too much to say."""

    origin: str
    keys: list[str] | None


def payload(origin: str, keys: frozenset[str]) -> tuple[str, str]:
    """The channel and what to say on it."""
    text = msgspec.json.encode(Change(origin, sorted(keys)))
    if len(text) > PAYLOAD_BYTES:
        text = msgspec.json.encode(Change(origin, None))
    return CHANNEL, text.decode()


class Listener:
    """Hears what other processes changed, and connects again when the connection breaks."""

    def __init__(self, url: str, origin: str) -> None:
        self._url = url
        self._origin = origin
        self._stale: set[str] = set()
        self._all_stale = False
        self._connection: Any = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._stopped = True

    async def start(self) -> None:
        """Connect and listen. Raises what asyncpg raises."""
        self._stopped = False
        await self._connect()

    async def stop(self) -> None:
        """Disconnect."""
        self._stopped = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reconnecting
            self._reconnecting = None
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError):
                await connection.close(timeout=CONNECT_SECONDS)

    def take(self) -> frozenset[str] | None:
        """What was heard since the last call; None for everything."""
        if self._connection is None:
            return None
        if self._all_stale:
            self._all_stale = False
            self._stale.clear()
            return None
        if not self._stale:
            return frozenset()
        stale = frozenset(self._stale)
        self._stale.clear()
        return stale

    def forget(self, keys: frozenset[str]) -> None:
        """Give out these keys too: a commit of this process may have happened without anybody being told."""
        self._stale.update(keys)

    async def _connect(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            server_settings={**SETTINGS, "application_name": "microblog-listener"},
        )
        connection.add_termination_listener(self._lost)
        await connection.add_listener(CHANNEL, self._hear)
        self._all_stale = True
        self._connection = connection

    def _hear(self, connection: object, pid: int, channel: str, text: object) -> None:
        try:
            change = msgspec.json.decode(str(text), type=Change)
        except msgspec.MsgspecError:
            self._all_stale = True
            return
        if change.origin == self._origin:
            return
        if change.keys is None:
            self._all_stale = True
        else:
            self._stale.update(change.keys)

    def _lost(self, connection: object) -> None:
        if self._stopped or connection is not self._connection:
            return
        self._connection = None
        # Not at once: where the loop ends with the connection, nothing is begun that nobody would finish.
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().call_soon(self._begin_reconnecting)

    def _begin_reconnecting(self) -> None:
        if not self._stopped:
            self._reconnecting = asyncio.get_running_loop().create_task(self._reconnect())

    async def _reconnect(self) -> None:
        while not self._stopped:
            try:
                await self._connect()
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await asyncio.sleep(random.uniform(0.1, 1) * RECONNECT_SECONDS)
