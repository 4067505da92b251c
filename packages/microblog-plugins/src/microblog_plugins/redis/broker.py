"""A taskiq broker on one stream of Redis, with one group of consumers; a `Backlog` of `microblog_tasks`.

Messages are acknowledged after their job is settled, and removed then, so that the stream holds what waits or
runs. What a worker took and died with is given to others on a timer, whether or not anything new comes. A
worker keeps what it took by claiming it again and again, so a job may run longer than that timer. All of this
only saves time: a message that is lost or comes twice changes nothing, since jobs live in the outbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from redis.exceptions import RedisError, ResponseError
from taskiq import AckableMessage, AsyncBroker, BrokerMessage

from microblog_plugins.redis.client import connect, disconnect
from microblog_plugins.redis.options import Options

GROUP = "workers"
FIELD = b"m"
BLOCK_MILLISECONDS = 1000
"""How long a read waits for messages; far below the time after which a silent connection is given up."""
RECLAIM_EVERY = 5.0
SWEEP_EVERY = 60.0
SILENT_SECONDS = 300.0
"""A consumer without messages that was not heard of for so long is removed."""
TROUBLE_SECONDS = 0.5
CLOSE_SECONDS = 2.0

logger = logging.getLogger(__name__)

_Entry = tuple[bytes, dict[bytes, bytes]]


class RedisStreams(AsyncBroker):
    """Connects when it is first used, and again whenever Redis is back. `taken` counts since the start."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.capacity = 64
        self.shared = True
        self.epoch = ""
        self.consumer = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.taken = 0
        self._options = options
        self._stream = options.jobs_key
        self._client: Any = connect(options)
        self._held: set[bytes] = set()
        self._acks: list[bytes] = []
        self._acking: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._reclaim_at = 0.0
        self._in_trouble = False

    # What sends

    async def kick(self, message: BrokerMessage) -> None:
        """Send one. Raises what redis-py raises."""
        await self.kick_many([message])

    async def kick_many(self, messages: Sequence[BrokerMessage]) -> None:
        """Send all of these in one go. Raises what redis-py raises."""
        async with self._client.pipeline(transaction=False) as pipe:
            for message in messages:
                entry = {FIELD: message.message}
                pipe.xadd(self._stream, entry, maxlen=self._options.length, approximate=True)
            await pipe.execute()

    async def waiting(self) -> int:
        """How many messages no worker has taken yet; also notices when the stream is another one than before.

        Raises what redis-py raises.
        """
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.get(self._options.epoch_key)
            pipe.xlen(self._stream)
            pipe.xinfo_groups(self._stream)
            epoch, length, groups = await pipe.execute(raise_on_error=False)
        if not isinstance(epoch, bytes) or isinstance(groups, Exception) or not groups:
            # An error that isn't about the missing stream shows again here, and is raised.
            return await self._make_stream()
        self.epoch = epoch.decode()
        group = next((each for each in groups if each["name"] == GROUP.encode()), None)
        if group is None:
            return await self._make_stream()
        lag = group.get("lag")
        return int(lag if lag is not None else length - group["pending"])

    async def _make_stream(self) -> int:
        await self._make_group()
        self.epoch = (await self._client.get(self._options.epoch_key) or b"").decode()
        return 0

    async def _make_group(self) -> None:
        """A group that begins with the first message: what is sent before a worker starts is not lost.

        Whoever makes it begins another epoch.
        """
        try:
            await self._client.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            made = False
        else:
            made = True
        await self._client.set(self._options.epoch_key, secrets.token_hex(8), nx=not made)

    # What receives

    async def startup(self) -> None:
        """Begin to keep what this worker takes."""
        await super().startup()
        if self.is_worker_process:
            self._keeper = asyncio.create_task(self._keep(), name="redis keeper")

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """New messages, and those that others died with; no more at a time than this process may run."""
        while True:
            try:
                entries = await self._take()
            except (RedisError, OSError) as error:
                _end_if_cancelled()
                await self._wait_in_trouble(error)
                continue
            if not entries:
                _end_if_cancelled()
            if self._in_trouble:
                logger.warning("Redis is back")
            self._in_trouble = False
            self._held.update(identifier for identifier, _ in entries)
            self.taken += len(entries)
            for identifier, fields in entries:
                yield AckableMessage(data=fields[FIELD], ack=functools.partial(self._ack, identifier))

    async def _wait_in_trouble(self, error: Exception) -> None:
        if isinstance(error, ResponseError) and "NOGROUP" in str(error):
            with contextlib.suppress(RedisError, OSError):
                await self._make_group()
                return
        if not self._in_trouble:
            logger.warning("Redis can't be read (%s: %s); trying again", type(error).__name__, error)
        self._in_trouble = True
        await asyncio.sleep(TROUBLE_SECONDS)

    async def _take(self) -> Sequence[_Entry]:
        free = max(1, self.capacity - len(self._held))
        now = time.monotonic()
        if now >= self._reclaim_at:
            entries = await self._reclaim(free)
            if len(entries) < free:
                self._reclaim_at = now + min(RECLAIM_EVERY, self._options.reclaim / 2)
            if entries:
                return entries
        found = await self._client.xreadgroup(
            GROUP, self.consumer, {self._stream: ">"}, count=free, block=BLOCK_MILLISECONDS
        )
        return [entry for _, entries in found or () for entry in entries]

    async def _reclaim(self, count: int) -> Sequence[_Entry]:
        """What was taken by somebody who was silent for too long."""
        idle = round(self._options.reclaim * 1000)
        _, entries, *_ = await self._client.xautoclaim(
            self._stream, GROUP, self.consumer, min_idle_time=idle, count=count
        )
        # Ours are in it where this process itself was silent; they run.
        return [entry for entry in entries if entry[0] not in self._held and entry[1]]

    def _ack(self, identifier: bytes) -> None:
        """The job is settled. Acknowledged in batches, soon."""
        self._held.discard(identifier)
        self._acks.append(identifier)
        if self._acking is None or self._acking.done():
            self._acking = asyncio.create_task(self._acknowledge())

    async def _acknowledge(self) -> None:
        # What ends in the same turn of the loop, or while a batch is on its way, is one batch.
        await asyncio.sleep(0)
        while self._acks:
            identifiers, self._acks = self._acks, []
            try:
                async with self._client.pipeline(transaction=False) as pipe:
                    pipe.xack(self._stream, GROUP, *identifiers)
                    pipe.xdel(self._stream, *identifiers)
                    await pipe.execute()
            except (RedisError, OSError) as error:
                # Others get them after a while, and find nothing to begin.
                logger.debug("%s messages were not acknowledged: %s", len(identifiers), error)

    # What keeps order

    async def _keep(self) -> None:
        """Stay the one who holds what is held; remove consumers that are gone, and what is acknowledged."""
        sweep_at = 0.0
        while True:
            await asyncio.sleep(self._options.reclaim / 4)
            try:
                await self._hold()
                if time.monotonic() >= sweep_at:
                    await self.sweep()
                    sweep_at = time.monotonic() + SWEEP_EVERY
            except (RedisError, OSError) as error:
                logger.debug("Redis could not be tidied: %s", error)
            _end_if_cancelled()

    async def _hold(self) -> None:
        held = tuple(self._held)
        if held:
            await self._client.xclaim(self._stream, GROUP, self.consumer, 0, held, justid=True)

    async def sweep(self, *, silent: float = SILENT_SECONDS) -> None:
        """Remove consumers without messages that were silent for so many seconds, and messages that were
        acknowledged and not removed. Raises what redis-py raises.
        """
        for consumer in await self._client.xinfo_consumers(self._stream, GROUP):
            mine = consumer["name"] == self.consumer.encode()
            if not mine and not consumer["pending"] and consumer["idle"] >= silent * 1000:
                await self._client.xgroup_delconsumer(self._stream, GROUP, consumer["name"])
        pending = await self._client.xpending(self._stream, GROUP)
        oldest = pending["min"]
        if not oldest:
            groups = await self._client.xinfo_groups(self._stream)
            oldest = next(each["last-delivered-id"] for each in groups if each["name"] == GROUP.encode())
        await self._client.xtrim(self._stream, minid=oldest, approximate=False)

    async def shutdown(self) -> None:
        """Acknowledge what is settled, leave what isn't to others at once, and disconnect."""
        await super().shutdown()
        if self._keeper is not None:
            self._keeper.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                if self._acking is not None:
                    await self._acking
                if self.is_worker_process:
                    await self._leave()
        except (RedisError, OSError, TimeoutError) as error:
            logger.debug("Redis was left without a word: %s", error)
        finally:
            await disconnect(self._client)

    async def _leave(self) -> None:
        """Without messages the consumer goes; with some they look as if nobody had been heard of for long."""
        left = await self._client.xpending_range(
            self._stream, GROUP, min="-", max="+", count=10_000, consumername=self.consumer
        )
        if not left:
            await self._client.xgroup_delconsumer(self._stream, GROUP, self.consumer)
            return
        identifiers = [each["message_id"] for each in left]
        idle = round(self._options.reclaim * 1000)
        await self._client.xclaim(self._stream, GROUP, self.consumer, 0, identifiers, idle=idle, justid=True)


def _end_if_cancelled() -> None:
    """The client of a cluster may take a cancellation for trouble with a node, and try again."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
