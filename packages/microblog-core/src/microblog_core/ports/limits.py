"""Rate limits."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Quota(msgspec.Struct, frozen=True):
    """What is left of a limit: `limit` times in all, `remaining` of them, anew at `resets_at` (Unix
    milliseconds). `exceeded` says that this time was one too many.
    """

    limit: int
    remaining: int
    resets_at: int
    exceeded: bool = False


class RateLimiter(Protocol):
    """Counts what happens under a key. In one process by default; a plugin may count for many."""

    async def hit(self, key: str, *, limit: int, per: float) -> None:
        """Count one; raises `RateLimited` when it is more than `limit` within `per` seconds."""
        ...

    async def count(self, key: str, *, limit: int, per: float) -> Quota:
        """Count one in windows of `per` seconds that begin with the first one; what exceeds the limit does
        not count. Costs the same whatever the limit, for what every request does; its keys are none of
        `hit`'s.
        """
        ...

    async def forget(self, key: str) -> None:
        """Start anew, for example after a log-in that succeeded."""
        ...
