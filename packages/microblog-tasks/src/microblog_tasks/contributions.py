"""The frozen structs that the hooks of this layer return, and what a broker may offer beyond taskiq's own
contract.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from taskiq import AsyncBroker, BrokerMessage, TaskiqMiddleware


@runtime_checkable
class Backlog(Protocol):
    """What a taskiq broker should have beside taskiq's own contract. One without it works, too: then jobs are
    sent to it one by one and as soon as they are due, however many wait there.

    `capacity` is set to the number of jobs that this process runs at a time, before anything is listened to.
    `shared` says whether other processes see what is sent. `epoch` is any text that changes when the broker
    has forgotten messages; it is looked at after `waiting`.
    """

    capacity: int
    shared: bool
    epoch: str

    async def waiting(self) -> int:
        """How many messages nobody has taken yet. Raises anything where the broker can't be reached."""
        ...

    async def kick_many(self, messages: Sequence[BrokerMessage]) -> None:
        """Send all of these, in order. Raises anything where some may not have been sent."""
        ...


class BrokerFactory(msgspec.Struct, frozen=True, kw_only=True):
    """Makes brokers whose URL has one of these schemes, without connecting yet. Better ones are a `Backlog`.

    A broker needs no result backend, and it may lose or repeat messages: jobs live in the outbox, and a
    message is only an invitation to begin one. `make` raises `ConfigurationError` for a URL that makes no
    sense.
    """

    name: str
    schemes: tuple[str, ...]
    make: Callable[[str], AsyncBroker]


class TaskMiddleware(msgspec.Struct, frozen=True, kw_only=True):
    """A taskiq middleware for the worker's broker; `make` is called once for each worker."""

    name: str
    make: Callable[[], TaskiqMiddleware]
