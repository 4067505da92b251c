"""The tasks face of this package itself: the broker `memory:`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence

from taskiq import AsyncBroker, BrokerMessage

from microblog_core.plugins.marks import hookimpl
from microblog_tasks.contributions import BrokerFactory


class MemoryBroker(AsyncBroker):
    """Hands messages on within the process; a `Backlog`."""

    def __init__(self) -> None:
        super().__init__()
        self.capacity = 1
        self.shared = False
        self.epoch = "memory"
        self._messages: asyncio.Queue[bytes] = asyncio.Queue()

    async def kick(self, message: BrokerMessage) -> None:
        """Send one."""
        self._messages.put_nowait(message.message)

    async def kick_many(self, messages: Sequence[BrokerMessage]) -> None:
        """Send all of these."""
        for message in messages:
            self._messages.put_nowait(message.message)

    async def waiting(self) -> int:
        """How many nobody has taken yet."""
        return self._messages.qsize()

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """One after the other, for ever."""
        while True:
            yield await self._messages.get()


@hookimpl
def register_brokers() -> Iterable[BrokerFactory]:
    """A broker that stays in the worker's own process."""
    return (BrokerFactory(name="memory", schemes=("memory",), make=lambda url: MemoryBroker()),)
