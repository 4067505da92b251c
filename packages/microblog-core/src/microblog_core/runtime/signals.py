"""Other processes' events, handed to whoever in this one listens everywhere.

Durable subscribers are not among them: their rows in the outbox are done once, by whoever takes them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import msgspec

from microblog_core.domain.errors import PluginError
from microblog_core.domain.events import Event
from microblog_core.ports.bus import Bus
from microblog_core.ports.signals import OnSignal, SignallingStorage
from microblog_core.ports.storage import SIGNALS, Storage
from microblog_core.runtime.outbox import EventDecoder

logger = logging.getLogger(__name__)


def relay_signals(storage: Storage, bus: Bus, events: Iterable[type[Event]]) -> None:
    """Let the bus hear what other processes on this storage publish; nothing where it can't tell."""
    if SIGNALS in storage.capabilities and isinstance(storage, SignallingStorage):
        storage.hear(_relay(bus, EventDecoder(events)))


def _relay(bus: Bus, decoder: EventDecoder) -> OnSignal:
    def relay(payload: bytes) -> None:
        try:
            event = decoder.decode(payload)
        except (PluginError, msgspec.MsgspecError) as error:
            # The other process may be of another version, or have other plugins.
            logger.info("An event of another process is not understood: %s", error)
            return
        bus.relay(event)

    return relay
