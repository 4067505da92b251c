"""Housekeeping: whoever keeps something with an end says here how it goes.

A `Sweep` is a strategy for one kind of such things. The job `housekeeping.sweep` has each of them remove a
bounded number again and again; `microblog housekeeping` does the same, and can only count.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from microblog_core.ports.operations.housekeeping import Expired

SweepCount = Callable[[int, int], Awaitable[int]]
"""Takes this moment (Unix milliseconds) and a limit; says how many there are, up to the limit."""
SweepRemove = Callable[[int, int], Awaitable[int]]
"""Takes this moment and a limit; removes up to so many, those first that ended first, in the order of an
index. Says how many it were: less than the limit means that there are no more.
"""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """Things with an end: what they are called in lists (English, plural), how many there are to remove, and
    how they are removed. `chunk` is how many at once: one transaction's worth.
    """

    name: str
    title: str
    count: SweepCount
    remove: SweepRemove
    chunk: int = 500


class ExpiredReader(Protocol):
    """Counts what a storage keeps beyond its end."""

    async def count(self, what: Expired, before: int, limit: int) -> int:
        """How many ended before this moment (Unix milliseconds), counted up to `limit`."""
        ...
