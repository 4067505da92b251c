"""Observer: whoever is interested in what happens says so; what it happens to knows none of them.

Not where somebody has to act for the thing to be done at all: that is a call, and its failure is the
caller's. And not across processes: observers are forgotten with the process that they are in.
"""

from __future__ import annotations

from collections.abc import Callable

Observer = Callable[[object], None]


class Subject:
    """What can be observed. An observer that raises takes nothing away from the others; `failures` has what
    they raised.
    """

    def __init__(self) -> None:
        self._observers: list[Observer] = []
        self.failures: list[Exception] = []

    def attach(self, observer: Observer) -> None:
        """Tell this one from now on. One that is attached already is not told twice."""
        if observer not in self._observers:
            self._observers.append(observer)

    def detach(self, observer: Observer) -> None:
        """Tell it no more; one that was not attached stays so."""
        if observer in self._observers:
            self._observers.remove(observer)

    def notify(self, event: object) -> None:
        """Tell everybody, in the order in which they came."""
        # A copy: an observer may attach and detach while it is told.
        for observer in tuple(self._observers):
            try:
                observer(event)
            except Exception as error:
                self.failures.append(error)
