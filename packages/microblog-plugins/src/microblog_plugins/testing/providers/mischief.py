"""What may go wrong between a site and a provider, by chance from a seed or in a given order."""

from __future__ import annotations

import enum
import random
import threading
from collections import deque
from collections.abc import Mapping
from typing import TypeVar


class CallFault(enum.StrEnum):
    """What happens to a call of the site's. The first two happen to calls that only look, too. After
    `down after` every call fails until the mischief ends.
    """

    SLOW = "slow"
    ERROR_BEFORE = "error before"
    ERROR_AFTER = "error after"
    TIMEOUT_AFTER = "timeout after"
    BROKEN_AFTER = "connection broken after"
    DOWN_AFTER = "down after"


class RingFault(enum.StrEnum):
    """What happens to a webhook. `forged` and `stale` ones come besides the real one."""

    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    DELAYED = "delayed"
    LOST = "lost"
    FORGED = "forged"
    STALE = "stale"


Fault = TypeVar("Fault", CallFault, RingFault)


class Mischief:
    """Says what goes wrong: first what `next_calls` and `next_rings` hold (None for nothing), then by the
    probabilities of `calls` and `rings`. `next_calls` counts calls that change something alone.

    A call without an answer is held for `hang_seconds`.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        calls: Mapping[CallFault, float] | None = None,
        rings: Mapping[RingFault, float] | None = None,
        slow_seconds: float = 0.3,
        delay_seconds: float = 0.5,
        hang_seconds: float = 30.0,
    ) -> None:
        self.calls, self.rings = dict(calls or {}), dict(rings or {})
        self.slow_seconds, self.delay_seconds, self.hang_seconds = slow_seconds, delay_seconds, hang_seconds
        self.next_calls: deque[CallFault | None] = deque()
        self.next_rings: deque[RingFault | None] = deque()
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def script(self, *faults: CallFault | RingFault) -> None:
        """The next calls and webhooks have these faults."""
        self.next_calls.extend(each for each in faults if isinstance(each, CallFault))
        self.next_rings.extend(each for each in faults if isinstance(each, RingFault))

    def end(self) -> None:
        """From now on nothing goes wrong."""
        with self._lock:
            self.calls.clear()
            self.rings.clear()
            self.next_calls.clear()
            self.next_rings.clear()

    def for_call(self, *, changes: bool) -> CallFault | None:
        """What happens to the next call."""
        with self._lock:
            if changes and self.next_calls:
                fault = self.next_calls.popleft()
                if fault is CallFault.DOWN_AFTER:
                    self.calls = {CallFault.ERROR_BEFORE: 1.0}
                return fault
            chances = {
                fault: chance
                for fault, chance in self.calls.items()
                if changes or fault in (CallFault.SLOW, CallFault.ERROR_BEFORE)
            }
            return self._drawn(chances)

    def for_ring(self) -> RingFault | None:
        """What happens to the next webhook."""
        with self._lock:
            return self.next_rings.popleft() if self.next_rings else self._drawn(self.rings)

    def _drawn(self, chances: Mapping[Fault, float]) -> Fault | None:
        drawn, below = self._random.random(), 0.0
        for fault, chance in chances.items():
            below += chance
            if drawn < below:
                return fault
        return None
