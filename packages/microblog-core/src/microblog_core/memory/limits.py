"""Rate limits counted in this process, bounded in memory: exact sliding windows for `hit`, plain counters for
`count`. Those of one kind never make room for the other: whoever asks often makes no log-in forgotten.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict

import msgspec

from microblog_core.domain.errors import RateLimited
from microblog_core.ports.clock import Clock
from microblog_core.ports.limits import Quota


class _Window(msgspec.Struct):
    """The moments (Unix milliseconds) that count, in order; all are over at `ends`."""

    moments: list[int]
    ends: int = 0


class _Counter(msgspec.Struct):
    """How many were counted in the window that ends at `ends` (Unix milliseconds)."""

    count: int
    ends: int


class MemoryRateLimiter:
    """A `ports.limits.RateLimiter`. Counting is atomic, since nothing is awaited between the look and the
    count.

    What is refused does not count. At most `max_moments` moments (up to 400 bytes each) and `max_counters`
    counters (about as much) are kept in all; beyond that the keys used least recently start anew.
    """

    def __init__(self, clock: Clock, *, max_moments: int = 50_000, max_counters: int = 20_000) -> None:
        self._clock = clock
        self._max_counters = max_counters
        self._counters: OrderedDict[str, _Counter] = OrderedDict()
        self._max_moments = max_moments
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._kept = 0

    async def hit(self, key: str, *, limit: int, per: float) -> None:
        """Count one; raises `RateLimited` when `limit` were counted in the last `per` seconds already."""
        if limit < 1:
            raise _refusal(per)
        now, span = self._clock.now(), round(per * 1000)
        window = self._windows.setdefault(key, _Window([]))
        self._windows.move_to_end(key)
        moments = window.moments
        over = bisect_right(moments, now - span)
        del moments[:over]
        self._kept -= over
        if len(moments) >= limit:
            raise _refusal((moments[-limit] + span - now) / 1000)
        moments.append(max(now, moments[-1]) if moments else now)
        window.ends = max(window.ends, now + span)
        self._kept += 1
        self._make_room(now)

    async def count(self, key: str, *, limit: int, per: float) -> Quota:
        """Count one of `limit` in a window of `per` seconds that began with the first one."""
        now, span = self._clock.now(), round(per * 1000)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = _Counter(0, now + span)
            if len(self._counters) > self._max_counters:
                self._counters.popitem(last=False)
        else:
            self._counters.move_to_end(key)
            # A clock that went back must not refuse anybody for longer than the window.
            if not now < counter.ends <= now + span:
                counter.count, counter.ends = 0, now + span
        if counter.count >= limit:
            return Quota(limit, 0, counter.ends, exceeded=True)
        counter.count += 1
        return Quota(limit, limit - counter.count, counter.ends)

    async def forget(self, key: str) -> None:
        """Start anew."""
        self._counters.pop(key, None)
        window = self._windows.pop(key, None)
        if window is not None:
            self._kept -= len(window.moments)

    def _make_room(self, now: int) -> None:
        """Drop what is over at the old end, and whatever it takes to stay within the bound."""
        while self._windows:
            oldest = next(iter(self._windows.values()))
            if self._kept <= self._max_moments and oldest.ends > now:
                return
            self._kept -= len(self._windows.popitem(last=False)[1].moments)


def _refusal(wait: float) -> RateLimited:
    return RateLimited("This was done too often.", retry_after=wait, hint="Wait a little, then try again.")
