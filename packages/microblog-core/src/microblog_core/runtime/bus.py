"""The event bus of one process: observers are called right after the commit, in order of subscription.

Handlers that take time are `contributions.Subscriber`s; `runtime.observers` runs those as tasks and
`runtime.outbox` as jobs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from microblog_core.domain.events import Event

E = TypeVar("E", bound=Event)

logger = logging.getLogger(__name__)


class MemoryBus:
    """Tells observers of an event's type and of the types that it derives from. Keeps `ports.bus.Bus`.

    `failures` counts what observers raised since the start.
    """

    def __init__(self) -> None:
        self._observers: dict[type[Event], tuple[Callable[[Any], None], ...]] = {}
        self._plans: dict[type[Event], tuple[Callable[[Any], None], ...]] = {}
        self._everywhere: list[Callable[[Any], None]] = []
        self.failures = 0

    def publish(self, event: Event) -> None:
        """Tell everybody who listens. Never raises: what an observer raises is logged and counted."""
        for observer in self._plan(type(event)):
            self._tell(observer, event)

    def relay(self, event: Event) -> None:
        """Tell of an event that another process published: only who listens `everywhere`. Never raises."""
        for observer in self._plan(type(event)):
            if observer in self._everywhere:
                self._tell(observer, event)

    def _tell(self, observer: Callable[[Any], None], event: Event) -> None:
        try:
            observer(event)
        except Exception:
            self.failures += 1
            logger.exception("An observer of %s failed", event.type)

    def subscribe(
        self, event_type: type[E], observer: Callable[[E], None], *, everywhere: bool = False
    ) -> Callable[[], None]:
        """Listen to an event type and its subtypes, with `everywhere` also to other processes' events; the
        function returned ends it and may be called twice.
        """
        self._observers[event_type] = (*self._observers.get(event_type, ()), observer)
        if everywhere:
            self._everywhere.append(observer)
        self._plans.clear()
        active = True

        def unsubscribe() -> None:
            nonlocal active
            if not active:
                return
            active = False
            left = list(self._observers[event_type])
            left.remove(observer)
            if everywhere:
                self._everywhere.remove(observer)
            self._observers[event_type] = tuple(left)
            self._plans.clear()

        return unsubscribe

    def _plan(self, event_type: type[Event]) -> tuple[Callable[[Any], None], ...]:
        plan = self._plans.get(event_type)
        if plan is None:
            plan = tuple(
                observer for base in event_type.__mro__ for observer in self._observers.get(base, ())
            )
            self._plans[event_type] = plan
        return plan
