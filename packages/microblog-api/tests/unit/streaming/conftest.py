from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stream_readers import Events, Socket


class Town:
    """People who write, and readers of their streams, who are all gone at the end."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.app = api.http._transport.app
        self.ports = api.site.ports
        self._readers: list[Any] = []

    async def events(self, path: str, person: Any = None, **query: object) -> Events:
        """Server-sent events that `person` reads."""
        return await self.reading(Events(self.app, path, token_of(person), **query)).opened()

    async def socket(self, person: Any = None, **query: Any) -> Socket:
        """A WebSocket of this person's."""
        return await self.reading(Socket(self.app, token_of(person), **query)).opened()

    def reading(self, reader: Any) -> Any:
        self._readers.append(reader)
        return reader

    async def close(self) -> None:
        for reader in self._readers:
            if not reader.task.done():
                reader.leave()
            with contextlib.suppress(Exception):
                await reader.end()


def token_of(person: Any) -> str | None:
    return None if person is None else person.http.headers["authorization"].removeprefix("Bearer ")


@pytest.fixture
async def town(api: Any) -> AsyncIterator[Town]:
    town = Town(api)
    yield town
    await town.close()
    (hub,) = hubs_of(town.app) or [()]
    assert len(hub) == 0, "a hub still has listeners"


def hubs_of(app: Any) -> list[Any]:
    """The hubs of an application's API."""
    mounts = app._mounts._mounts
    return [
        hub
        for api in {id(a): a for m in mounts for a in m.apps.values()}.values()
        if hasattr(api, "_streaming")
        for hub in api._streaming._hubs.values()
    ]


@pytest.fixture
def hub_of() -> Any:
    return lambda town: hubs_of(town.app)[0]
