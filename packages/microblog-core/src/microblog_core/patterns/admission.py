"""Whether a call may be made now: circuit breakers, bulkheads and rates, each refusing at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import StrEnum

import msgspec

from microblog_core.domain.errors import Unavailable

Tell = Callable[[str, str], None]
"""Told `(name, what)` when a call is retried, refused or too late, and when a circuit changes its state."""


class Refused(Unavailable):
    """The call was not made; it may be after `retry_after` seconds."""

    code = "refused"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message, hint=f"Try again in {retry_after:.0f} seconds.")
        self.retry_after = retry_after


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """The circuit opens after `failures` in a row, and refuses for `open_for` seconds. Then one call at a
    time is let through; the first that succeeds closes the circuit, one that fails opens it anew.

    An error of a type in `ignored` says that the other side works (it refused this one message).
    """

    failures: int = 5
    open_for: float = 30.0
    ignored: tuple[type[Exception], ...] = ()


class Bulkhead(msgspec.Struct, frozen=True, kw_only=True):
    """At most `limit` calls at a time; further ones wait up to `wait` seconds, at most `queue` of them."""

    limit: int = 10
    queue: int = 100
    wait: float = 1.0


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """At most `times` calls in any `per` seconds; more are refused."""

    times: int
    per: float = 1.0


class Circuit(StrEnum):
    """What a circuit breaker does with calls: lets them through, refuses them, or tries one."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """The circuit of one dependency."""

    def __init__(self, name: str, breaker: Breaker, clock: Callable[[], float], tell: Tell) -> None:
        self.breaker = breaker
        self._name = name
        self._clock = clock
        self._tell = tell
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> Circuit:
        """What a call would meet now."""
        if self._opened_at is None:
            return Circuit.CLOSED
        waited = self._clock() - self._opened_at >= self.breaker.open_for
        return Circuit.HALF_OPEN if waited or self._probing else Circuit.OPEN

    def enter(self) -> bool:
        """Whether this call is the probe of a half-open circuit. Raises `Refused`."""
        if self._opened_at is None:
            return False
        left = self._opened_at + self.breaker.open_for - self._clock()
        if left > 0 or self._probing:
            self._tell(self._name, "refused")
            raise Refused(f"{self._name} fails; it is left alone for now.", retry_after=max(left, 1.0))
        self._probing = True
        self._tell(self._name, "half_open")
        return True

    def succeeded(self, probe: bool) -> None:
        """The call ended well."""
        self._failures = 0
        if probe:
            self._probing, self._opened_at = False, None
            self._tell(self._name, "closed")

    def failed(self, probe: bool) -> None:
        """The call failed."""
        self._failures += 1
        if probe or (self._opened_at is None and self._failures >= self.breaker.failures):
            self._probing, self._opened_at = False, self._clock()
            self._tell(self._name, "open")

    def undecided(self, probe: bool) -> None:
        """The call says nothing about the other side (it was cancelled, or never made)."""
        if probe:
            self._probing = False


class Room:
    """The places of one bulkhead."""

    def __init__(self, name: str, bulkhead: Bulkhead) -> None:
        self._name = name
        self._bulkhead = bulkhead
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Take a place. Raises `Refused`."""
        if self._inside < self._bulkhead.limit and not self._waiting:
            self._inside += 1
            return
        if len(self._waiting) >= self._bulkhead.queue or self._bulkhead.wait <= 0:
            raise self._full()
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._bulkhead.wait):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                # The place was given at the very moment of giving up: the next one takes it.
                self.leave()
            else:
                self._waiting.remove(place)
            if isinstance(error, TimeoutError):
                raise self._full() from error
            raise

    def leave(self) -> None:
        """Give the place to who waits longest, or back."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                # The place passes on, so that nobody who comes later is first.
                place.set_result(None)
                return
        self._inside -= 1

    def _full(self) -> Refused:
        return Refused(
            f"Too many calls of {self._name} are running.", retry_after=max(self._bulkhead.wait, 1.0)
        )


class Quota:
    """The calls counted against one rate."""

    def __init__(self, name: str, rate: Rate, clock: Callable[[], float]) -> None:
        self._name = name
        self._rate = rate
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> None:
        """Count a call. Raises `Refused`."""
        now, rate = self._clock(), self._rate
        while self._taken and self._taken[0] <= now - rate.per:
            self._taken.popleft()
        if len(self._taken) >= rate.times:
            raise Refused(
                f"{self._name} is called {rate.times} times in {rate.per:g} seconds already.",
                retry_after=self._taken[0] + rate.per - now,
            )
        self._taken.append(now)
