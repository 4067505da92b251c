"""Rate limits."""

from __future__ import annotations

from typing import Protocol


class RateLimiter(Protocol):
    """Counts what happens under a key. In one process by default; a plugin may count for many."""

    async def hit(self, key: str, *, limit: int, per: float) -> None:
        """Count one; raises `RateLimited` when it is more than `limit` within `per` seconds."""
        ...

    async def forget(self, key: str) -> None:
        """Start anew, for example after a log-in that succeeded."""
        ...
