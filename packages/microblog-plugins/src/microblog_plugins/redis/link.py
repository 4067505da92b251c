"""What ties the processes of a site together: one channel, on which each says what it dropped and what
happened.

Pub/sub promises nothing: who isn't connected misses what is said. So whoever (re)joins forgets its whole
cache, and what can't be said waits, up to a bound; beyond that everybody is told to forget everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from redis.exceptions import RedisError

from microblog_plugins.redis.client import disconnect

PING_SECONDS = 3.0
"""After so much silence it is asked whether anybody is there; after as much again the connection is dead."""
TROUBLE_SECONDS = 0.5
CANCEL_SECONDS = 1.0
BATCH = 100
WAITING = 2000

logger = logging.getLogger("microblog.redis")


class Told(msgspec.Struct, array_like=True, frozen=True):
    """What one process tells the others: stale keys, and events as JSON."""

    origin: str
    keys: list[str] = []
    events: list[bytes] = []
    clear: bool = False


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Told)


class Link:
    """One for each site and process, in one event loop. `on_told` hears what others say, `on_joined` that
    something may have been missed.
    """

    def __init__(self, connect: Callable[[], Any], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._origin = secrets.token_hex(8)
        self._client: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self._saying: deque[tuple[list[str], list[bytes]]] = deque()
        self._lost = False
        self._woken = asyncio.Event()
        self.joined = asyncio.Event()
        """Set while it hears the others."""
        self.on_told: list[Callable[[Told], None]] = []
        self.on_joined: list[Callable[[], None]] = []

    @property
    def waiting(self) -> int:
        """How much is still to be said."""
        return len(self._saying)

    def start(self) -> None:
        """Join, and stay joined until `stop`; whether the server is there or not."""
        self._client = self._connect()
        self._tasks = [
            asyncio.create_task(self._listen(), name="redis link: hear"),
            asyncio.create_task(self._speak(), name="redis link: say"),
        ]

    async def stop(self) -> None:
        """Say what is left, if that is quick, and leave."""
        if self._client is None:
            return
        with contextlib.suppress(TimeoutError, RedisError, OSError):
            async with asyncio.timeout(1.0):
                await self._say_all()
        while not all(task.done() for task in self._tasks):
            # Again where the client took it for a timeout of its own, and went on.
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=CANCEL_SECONDS)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.joined.clear()
        client, self._client = self._client, None
        with contextlib.suppress(RedisError, OSError):
            await disconnect(client)

    def say(self, keys: Iterable[str] = (), events: Iterable[bytes] = ()) -> None:
        """Tell the others, soon. Never waits and never raises."""
        if len(self._saying) >= WAITING:
            self._saying.popleft()
            self._lost = True
        self._saying.append((list(keys), list(events)))
        self._woken.set()

    async def _speak(self) -> None:
        while True:
            await self._woken.wait()
            try:
                await self._say_all()
            except (RedisError, OSError) as error:
                logger.debug("nothing can be said through Redis: %s", error)
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _say_all(self) -> None:
        while self._saying:
            parts = [self._saying[number] for number in range(min(BATCH, len(self._saying)))]
            told = Told(
                self._origin,
                list(dict.fromkeys(key for keys, _ in parts for key in keys)),
                [event for _, events in parts for event in events],
                clear=self._lost,
            )
            await self._client.publish(self._channel, _encoder.encode(told))
            # Others may have been added meanwhile, and at the bound the oldest have gone.
            for part in parts:
                if self._saying and self._saying[0] is part:
                    self._saying.popleft()
            self._lost = False
        self._woken.clear()

    async def _listen(self) -> None:
        complained = False
        while True:
            try:
                async with self._client.pubsub() as channel:
                    await channel.subscribe(self._channel)
                    await self._hear(channel)
            except (RedisError, OSError, TimeoutError) as error:
                self.joined.clear()
                if not complained:
                    logger.warning("Redis can't be heard (%s: %s); trying again", type(error).__name__, error)
                complained = True
                await asyncio.sleep(TROUBLE_SECONDS)
            else:  # pragma: no cover - `_hear` ends by raising
                continue
            if self._client is None:
                return

    async def _hear(self, channel: Any) -> None:
        asked = False
        while True:
            message = await channel.get_message(timeout=PING_SECONDS)
            if message is None:
                if asked:
                    raise TimeoutError("no answer")
                await channel.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                # Also each time that the client library has connected anew by itself: there was a gap.
                self._join()
            elif message["type"] == "message":
                self._take(message["data"])

    def _join(self) -> None:
        self.joined.set()
        for tell in self.on_joined:
            tell()

    def _take(self, data: bytes) -> None:
        try:
            told = _decoder.decode(data)
        except msgspec.MsgspecError as error:
            logger.info("What another process says is not understood: %s", error)
            return
        if told.origin == self._origin:
            return
        for tell in self.on_told:
            tell(told)
