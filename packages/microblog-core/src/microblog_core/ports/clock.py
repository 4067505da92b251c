"""Time and ids as ports, so that a test can freeze both."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> int:
        """Unix milliseconds, UTC."""
        ...


class Ids(Protocol):
    """Where ids come from; `domain.ids.IdFactory` is the one used."""

    def at(self, milliseconds: int) -> int:
        """An id for this moment, greater than those given before for earlier ones."""
        ...

    def backdated(self, milliseconds: int) -> int:
        """An id for a moment in the past."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Unix milliseconds, UTC."""
        return time.time_ns() // 1_000_000
