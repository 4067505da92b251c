"""How processes on one storage hear of one another's events: the capability `signals`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

OnSignal = Callable[[bytes], None]
"""Called in the event loop with an event's JSON, some time after its commit; it must return at once."""


@runtime_checkable
class SignallingStorage(Protocol):
    """What a storage with the capability `signals` offers beside `Storage`.

    Each `operations.Signal` that another process commits is told once, soon after the commit or with the next
    call of `stale_keys`; those committed while this process could not hear are lost. What the process itself
    commits is not told.
    """

    def hear(self, on_signal: OnSignal) -> None:
        """Tell this function from now on."""
        ...
