"""The relay: hands rows of the outbox to a broker, at least once.

A row is claimed without being begun, sent, and forgotten here: whoever gets the message begins it. Where no
one does - the worker died, the broker forgot - the claim ends, and the row is claimed and sent again. Only as
many are sent as are soon begun, so that a long backlog stays in the database, whose order and priorities
count. Any number of relays may run.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskiq import AsyncBroker

from microblog_core.domain.events import JobsQueued
from microblog_core.ports.operations import Job
from microblog_core.runtime.executor import job_kinds
from microblog_core.runtime.jobs import claim_groups
from microblog_core.runtime.schedules import plant_schedules
from microblog_tasks.contributions import Backlog
from microblog_tasks.messages import invitation, send

if TYPE_CHECKING:
    from microblog_core.site import Site

CLAIM_SECONDS = 30.0
"""How long somebody has to begin a job before it is sent again."""
WAITING = 256
"""How many messages may wait in the broker until nothing more is sent."""
IDLE_SECONDS = 0.2
"""The longest sleep: what other processes queue is found after it at the latest."""
FULL_SECONDS = 0.02
"""The sleep while the broker has as many messages as it should."""
LIMITED_SECONDS = 0.1
"""The sleep while all that is due is of kinds of which as many run as may."""
TROUBLE_SECONDS = 1.0
REMEMBERED = 4096
"""How many claims a relay remembers, to take them back when the broker forgets its messages."""

logger = logging.getLogger(__name__)


class Relay:
    """Sends the due jobs of one site to the broker. `sent` counts since the start."""

    def __init__(self, site: Site, broker: AsyncBroker) -> None:
        self._name = site.name
        self._ports = site.ports
        self._queue = site.ports.storage.queue
        self._schedules = tuple(site.contributions.schedules)
        self._kinds = job_kinds(site)
        self._groups = claim_groups(self._kinds.values())
        self._broker = broker
        self._backlog = broker if isinstance(broker, Backlog) else None
        self._epoch: str | None = None
        self._claims: deque[Job] = deque(maxlen=REMEMBERED)
        self._limited: dict[str, dict[int, Job]] = {}
        self._woken = asyncio.Event()
        self._planted = False
        self._in_trouble = False
        self._metrics = site.metrics
        self._waiting = 0
        self.sent = 0
        if self._backlog is not None:
            site.observers.watch("relay_backlog_messages", lambda: self._waiting)

    def wake(self) -> None:
        """Look for due jobs now. Call it in the relay's event loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Plant the schedules, then send what is due until `stop` is set."""
        end = self._ports.bus.subscribe(JobsQueued, lambda event: self.wake())
        ender = asyncio.create_task(self._wake_on(stop))
        try:
            while not stop.is_set():
                await self._sleep(await self._round_or_trouble())
        finally:
            end()
            ender.cancel()
            if self._backlog is not None and not self._backlog.shared:
                await self._take_back()

    async def send_due(self) -> int:
        """Send what is due and has room, and return how many that were."""
        before = self.sent
        await self._round()
        return self.sent - before

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _round_or_trouble(self) -> float:
        """A round; what keeps it from going on is logged once, until a round succeeds."""
        self._woken.clear()
        try:
            seconds = await self._round()
        except Exception:
            if not self._in_trouble:
                logger.exception("The jobs of the site %s can't be sent; trying again", self._name)
            self._in_trouble = True
            return TROUBLE_SECONDS
        if self._in_trouble:
            logger.warning("The jobs of the site %s are sent again", self._name)
        self._in_trouble = False
        return seconds

    async def _round(self) -> float:
        """Send what is due and has room; how many seconds to sleep, unless woken."""
        if not self._planted:
            await plant_schedules(self._schedules, self._ports, self._kinds)
            self._planted = True
        room = await self._room()
        now = self._ports.clock.now()
        due = await self._queue.next_due(tuple(self._kinds))
        if due is None or due > now:
            return IDLE_SECONDS if due is None else min(IDLE_SECONDS, (due - now) / 1000)
        if room <= 0:
            return FULL_SECONDS
        sent = 0
        for kinds, limit in self._groups:
            free = room - sent if limit is None else min(room - sent, await self._free(kinds[0], limit))
            if free > 0:
                sent += await self._send(kinds, free, limited=limit is not None)
        self.sent += sent
        if sent:
            self._metrics.count("relay.sent", sent)
            return FULL_SECONDS if sent >= room else 0.0
        return LIMITED_SECONDS

    async def _room(self) -> int:
        """How many more may wait in the broker. Takes back what the broker has forgotten."""
        if self._backlog is None:
            return WAITING
        waiting = self._waiting = await self._backlog.waiting()
        if self._epoch is not None and self._backlog.epoch != self._epoch:
            logger.warning("The broker forgot its messages; those of %s are sent again", self._name)
            await self._take_back()
        self._epoch = self._backlog.epoch
        return WAITING - waiting

    async def _send(self, kinds: Sequence[str], limit: int, *, limited: bool) -> int:
        lease = round(CLAIM_SECONDS * 1000)
        now = self._ports.clock.now()
        jobs = await self._queue.claim(now, limit=limit, lease=lease, kinds=kinds, begun=False)
        if not jobs:
            return 0
        try:
            await send(self._broker, [invitation(self._name, job) for job in jobs])
        except BaseException:
            # Some may have been sent: who gets such a message finds its claim gone, or is quicker than this.
            await asyncio.shield(self._queue.hand_back(jobs))
            raise
        self._claims.extend(jobs)
        if limited:
            self._limited.setdefault(kinds[0], {}).update((job.id, job) for job in jobs)
        return len(jobs)

    async def _free(self, kind: str, limit: int) -> int:
        """How many more of a limited kind may be sent: those sent before are looked after by id."""
        sent = self._limited.get(kind, {})
        if len(sent) >= limit:
            found = await asyncio.gather(*(self._queue.get(job_id) for job_id in sent))
            self._limited[kind] = sent = {
                job.id: job for job in found if job is not None and job.state == "leased"
            }
        return limit - len(sent)

    async def _take_back(self) -> None:
        claims = tuple(self._claims)
        await self._queue.hand_back(claims)
        self._claims.clear()
