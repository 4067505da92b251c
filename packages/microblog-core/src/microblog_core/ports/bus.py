"""The event bus: observers are told after the commit, and cannot hurt the use case that published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from microblog_core.domain.events import Event

E = TypeVar("E", bound=Event)
Observer = Callable[[Event], None]
"""Called in the event loop after the commit; it must return at once (put into a queue, start a task)."""


class Bus(Protocol):
    """Tells observers in this process, and in others where the adapter connects them."""

    def publish(self, event: Event) -> None:
        """Tell everybody who listens. Never raises: what an observer raises is logged and counted."""
        ...

    def relay(self, event: Event) -> None:
        """Tell of an event that another process published: only who listens `everywhere`. Never raises."""
        ...

    def subscribe(
        self, event_type: type[E], observer: Callable[[E], None], *, everywhere: bool = False
    ) -> Callable[[], None]:
        """Listen to an event type and its subtypes; the function returned ends it.

        `everywhere` also hears what other processes on the same storage publish, as far as the storage has
        the capability `signals`. It is for what every process shows to its own visitors, never for work that
        is to be done once.
        """
        ...
