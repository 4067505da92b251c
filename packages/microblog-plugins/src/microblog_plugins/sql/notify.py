"""What processes tell one another through PostgreSQL: which cache keys a commit made stale, and the events
that happened in it.

Each process listens on a connection of its own. While that is broken nothing may be cached, and once it is
back everything cached before is forgotten. Events that come meanwhile are lost: they are for who looks at the
moment, and who must not miss one has a row in the outbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import msgspec

from microblog_core.ports.signals import OnSignal
from microblog_plugins.sql.postgres_driver import SETTINGS

CHANNEL = "microblog_changes"
PAYLOAD_BYTES = 7900
"""PostgreSQL takes less than 8000 bytes."""
EVENT_BYTES = PAYLOAD_BYTES - 100
"""What is left for events beside who tells them."""
CONNECT_SECONDS = 10.0
RECONNECT_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Change(msgspec.Struct, array_like=True):
    """Who committed, what that made stale (None where it was too much to say), and events."""

    origin: str
    keys: list[str] | None
    events: list[msgspec.Raw] = []


def payloads(origin: str, keys: frozenset[str], events: Sequence[bytes] = ()) -> list[str]:
    """What to say on the channel, in order: the keys first, so that nobody who hears an event still reads
    what is stale. An event that is too long to be said is left out.
    """
    said = [_encoded(Change(origin, sorted(keys)))] if keys else []
    if said and len(said[0]) > PAYLOAD_BYTES:
        said = [_encoded(Change(origin, None))]
    room, batches = 0, list[list[msgspec.Raw]]()
    for event in events:
        if len(event) > EVENT_BYTES:
            _log.warning("an event of %d bytes is not told to other processes", len(event))
            continue
        if len(event) >= room:
            batches.append([])
            room = EVENT_BYTES
        batches[-1].append(msgspec.Raw(event))
        room -= len(event) + 1
    said.extend(_encoded(Change(origin, [], batch)) for batch in batches)
    return [text.decode() for text in said]


def _encoded(change: Change) -> bytes:
    return msgspec.json.encode(change)


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
        self.on_signal: OnSignal | None = None

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
        if self.on_signal is not None:
            for event in change.events:
                self.on_signal(bytes(event))

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
