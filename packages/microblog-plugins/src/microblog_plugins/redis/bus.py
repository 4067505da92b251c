"""A bus that other processes hear, and that hears them, through Redis."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from microblog_core.domain.errors import PluginError
from microblog_core.domain.events import Event, JobsQueued, encode_event
from microblog_core.ports.bus import Bus
from microblog_core.runtime.outbox import EventDecoder
from microblog_plugins.redis.link import Link, Told

E = TypeVar("E", bound=Event)

REMEMBERED = 4096

logger = logging.getLogger("microblog.redis")


class RedisBus:
    """A `ports.bus.Bus` around that of the process.

    A storage with the capability `signals` may tell of the same events: each is relayed once, by whoever is
    first. So one that is away is made up for by the other.
    """

    def __init__(self, inner: Bus, link: Link, events: Callable[[], Iterable[type[Event]]]) -> None:
        self._inner = inner
        self._link = link
        self._events = events
        self._decoder: EventDecoder | None = None
        self._relayed: OrderedDict[bytes, None] = OrderedDict()
        link.on_told.append(self._hear)

    def publish(self, event: Event) -> None:
        """Tell this process at once, and the others soon. Never raises."""
        self._inner.publish(event)
        # It wakes the job runner of one process; what the others run they find by themselves.
        if not isinstance(event, JobsQueued):
            self._link.say(events=(encode_event(event),))

    def relay(self, event: Event) -> None:
        """Tell of an event that another process published, once."""
        self._relay(event, encode_event(event))

    def subscribe(
        self, event_type: type[E], observer: Callable[[E], None], *, everywhere: bool = False
    ) -> Callable[[], None]:
        """Listen; the function returned ends it."""
        return self._inner.subscribe(event_type, observer, everywhere=everywhere)

    def _hear(self, told: Told) -> None:
        if self._decoder is None:
            self._decoder = EventDecoder(self._events())
        for payload in told.events:
            try:
                event = self._decoder.decode(payload)
            except (PluginError, msgspec.MsgspecError) as error:
                # The other process may be of another version, or have other plugins.
                logger.info("An event of another process is not understood: %s", error)
                continue
            self._relay(event, encode_event(event))

    def _relay(self, event: Event, payload: bytes) -> None:
        if payload in self._relayed:
            return
        self._relayed[payload] = None
        if len(self._relayed) > REMEMBERED:
            self._relayed.popitem(last=False)
        self._inner.relay(event)
