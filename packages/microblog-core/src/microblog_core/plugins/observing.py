"""All observers of a site as one, and its gauges. An observer that raises is logged once and dropped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from microblog_core.ports.observing import Ended, Observer
from microblog_core.ports.operations import Job

logger = logging.getLogger("microblog.plugins")

Begin = Callable[[Observer], Ended | None]


class Observers:
    """What a site tells its observers; there before any of them is, so that what plugins make can be seen by
    them. `active` says whether there are any: ask it first where it costs less than a call.
    """

    def __init__(self) -> None:
        self.active = False
        self._observers: tuple[tuple[str, Observer], ...] = ()
        self._gauges: dict[tuple[str, tuple[tuple[str, str], ...]], Callable[[], float]] = {}

    def settle(self, observers: Sequence[tuple[str, Observer]]) -> None:
        """These, with the names of their plugins, see everything from now on."""
        self._observers = tuple(observers)
        self.active = bool(self._observers)

    def begin_request(self, scope: Mapping[str, Any]) -> Ended | None:
        """A request has found its site."""
        return self._begin(lambda observer: observer.begin_request(scope)) if self.active else None

    def begin_job(self, job: Job) -> Ended | None:
        """A job begins."""
        return self._begin(lambda observer: observer.begin_job(job)) if self.active else None

    def begin_call(self, name: str) -> Ended | None:
        """A guarded call begins."""
        return self._begin(lambda observer: observer.begin_call(name)) if self.active else None

    def told(self, name: str, what: str) -> None:
        """What a guard says of itself."""
        for owner, observer in self._observers:
            try:
                observer.told(name, what)
            except Exception:
                self._drop(owner, observer)

    def watch(self, name: str, read: Callable[[], float], labels: Mapping[str, str] | None = None) -> None:
        """Let observers that show present values read this one whenever they want to, in the event loop.

        `name` is snake_case with its unit at the end; the same name with the same labels replaces it.
        """
        self._gauges[name, tuple(sorted((labels or {}).items()))] = read

    def gauges(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """The present values: name, labels, value. One that can't be read is left out."""
        for (name, labels), read in tuple(self._gauges.items()):
            try:
                value = float(read())
            except Exception:
                logger.debug("The gauge %s can't be read", name, exc_info=True)
                continue
            yield name, dict(labels), value

    def _begin(self, begin: Begin) -> Ended | None:
        endings: list[tuple[str, Observer, Ended]] = []
        for owner, observer in self._observers:
            try:
                ended = begin(observer)
            except Exception:
                self._drop(owner, observer)
                continue
            if ended is not None:
                endings.append((owner, observer, ended))
        if not endings:
            return None

        def end(outcome: str) -> None:
            # The last one first: what it put into the context lies on top.
            for owner, observer, ended in reversed(endings):
                try:
                    ended(outcome)
                except Exception:
                    self._drop(owner, observer)

        return end

    def _drop(self, owner: str, observer: Observer) -> None:
        self.settle([pair for pair in self._observers if pair[1] is not observer])
        logger.exception("An observer of the plugin %s failed and sees nothing more", owner)
