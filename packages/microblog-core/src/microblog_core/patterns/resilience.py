"""Calls to what may hang or fail (mail servers, web hooks, push services, gateways), as one decorator.

From the outside in: cache, fallback, retry, circuit breaker, rate limit, bulkhead, timeout. What is not
asked for costs nothing. An open circuit, a full bulkhead and a used-up rate refuse, so that what fails
elsewhere never slows what is done here. State belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

import msgspec

from microblog_core.domain.errors import Unavailable
from microblog_core.patterns.admission import (
    Breaker,
    Bulkhead,
    Circuit,
    CircuitBreaker,
    Quota,
    Rate,
    Refused,
    Room,
    Tell,
)
from microblog_core.ports.observing import CallObserver

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", covariant=True)


class TooSlow(Unavailable):
    """The call was given up after its timeout."""

    code = "too_slow"


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """`tries` in all, with `first_delay` seconds before the second, doubled each time up to `max_delay`,
    times 0.5 to 1 by chance. Only errors of the types in `on` are tried again, refusals never.
    """

    tries: int = 3
    first_delay: float = 0.1
    max_delay: float = 5.0
    on: tuple[type[Exception], ...] = (OSError, TimeoutError, Unavailable)


class Cached(msgspec.Struct, frozen=True, kw_only=True):
    """Results are kept for `seconds` by their arguments, at most `most` of them."""

    seconds: float
    most: int = 1000


class Resilient(Protocol[P, R]):
    """A decorated function; `guard` holds its state."""

    guard: Guard

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Call it."""
        ...


def resilient(
    name: str,
    *,
    timeout: float | None = None,
    retry: Retry | None = None,
    breaker: Breaker | None = None,
    bulkhead: Bulkhead | None = None,
    rate: Rate | None = None,
    fallback: Callable[..., Awaitable[Any]] | None = None,
    cache: Cached | None = None,
    tell: Tell | None = None,
    seen_by: CallObserver | None = None,
    label: str = "",
) -> Callable[[Callable[P, Awaitable[T]]], Resilient[P, T]]:
    """Guard an async function. Each call raises what the function raises, `Refused` or `TooSlow`, unless
    `fallback` (with the same arguments) answers instead. `timeout` is in seconds, for each try. `seen_by` and
    `label` are as for `Guard`.
    """
    guard = Guard(
        name,
        timeout=timeout,
        retry=retry,
        breaker=breaker,
        bulkhead=bulkhead,
        rate=rate,
        tell=tell,
        seen_by=seen_by,
        label=label,
    )

    def decorate(function: Callable[P, Awaitable[T]]) -> Resilient[P, T]:
        call: Callable[P, Awaitable[T]] = functools.partial(guard.call, function)
        if fallback is not None:
            call = _falling_back(call, fallback)
        if cache is not None:
            call = _Memory(call, cache).call

        @functools.wraps(function)
        async def run(*args: P.args, **kwargs: P.kwargs) -> T:
            return await call(*args, **kwargs)

        run.guard = guard  # type: ignore[attr-defined]
        return run  # type: ignore[return-value]

    return decorate


class Guard:
    """The state of one dependency: its circuit, who is inside, how often it was asked. Use it by itself where
    there is one for each target of the same function (a host, an account at a provider).

    `seen_by` are a site's observers. They know it by its `label`, of which there must be few: the name of the
    dependency, or of its kind where there is one for each target.
    """

    def __init__(
        self,
        name: str,
        *,
        timeout: float | None = None,
        retry: Retry | None = None,
        breaker: Breaker | None = None,
        bulkhead: Bulkhead | None = None,
        rate: Rate | None = None,
        tell: Tell | None = None,
        seen_by: CallObserver | None = None,
        label: str = "",
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._timeout = timeout
        self._retry = retry
        self.label = label or name
        self._seen_by = seen_by
        self._tell = self._tell_also(tell) if tell is not None or seen_by is not None else _tell_nobody
        self._circuit = CircuitBreaker(name, breaker, clock, self._tell) if breaker is not None else None
        self._room = Room(name, bulkhead) if bulkhead is not None else None
        self._quota = Quota(name, rate, clock) if rate is not None else None
        self._chance = chance
        self._sleep = sleep

    @property
    def circuit(self) -> Circuit:
        """The state of the circuit breaker; always closed where there is none."""
        return Circuit.CLOSED if self._circuit is None else self._circuit.state

    async def call(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` under this guard. Raises what it raises, `Refused`, `TooSlow`."""
        ended = self._seen_by.begin_call(self.label) if self._seen_by is not None else None
        if ended is None:
            return await self._tried(function, *args, **kwargs)
        outcome = "failed"
        try:
            result = await self._tried(function, *args, **kwargs)
            outcome = "ok"
        except (Refused, TooSlow) as error:
            outcome = error.code
            raise
        finally:
            ended(outcome)
        return result

    def _tell_also(self, tell: Tell | None) -> Tell:
        def told(name: str, what: str) -> None:
            if tell is not None:
                tell(name, what)
            if self._seen_by is not None:
                self._seen_by.told(self.label, what)

        return told

    async def _tried(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        retry = self._retry
        if retry is None:
            return await self._once(function, *args, **kwargs)
        delay = retry.first_delay
        for _ in range(retry.tries - 1):
            try:
                return await self._once(function, *args, **kwargs)
            except Refused:
                raise
            except retry.on:
                self._tell(self.name, "retried")
            await self._sleep(delay * (0.5 + self._chance() / 2))
            delay = min(delay * 2, retry.max_delay)
        return await self._once(function, *args, **kwargs)

    async def _once(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        circuit = self._circuit
        if circuit is None:
            return await self._limited(function, *args, **kwargs)
        probe = circuit.enter()
        try:
            result = await self._limited(function, *args, **kwargs)
        except circuit.breaker.ignored:
            circuit.succeeded(probe)
            raise
        except Refused:
            # Nothing was asked of the other side: this says nothing about it.
            circuit.undecided(probe)
            raise
        except Exception:
            circuit.failed(probe)
            raise
        except BaseException:
            circuit.undecided(probe)
            raise
        circuit.succeeded(probe)
        return result

    async def _limited(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            if self._quota is not None:
                self._quota.take()
            if self._room is None:
                return await self._timed(function, *args, **kwargs)
            await self._room.enter()
            try:
                return await self._timed(function, *args, **kwargs)
            finally:
                self._room.leave()
        except Refused:
            self._tell(self.name, "refused")
            raise

    async def _timed(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._timeout is None:
            return await function(*args, **kwargs)
        deadline = asyncio.timeout(self._timeout)
        try:
            async with deadline:
                return await function(*args, **kwargs)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            self._tell(self.name, "too_slow")
            raise TooSlow(f"{self.name} did not answer in {self._timeout:g} seconds.") from error


def _tell_nobody(name: str, what: str) -> None:
    return None


class Guards:
    """One guard for each target, made by `make(target)`; of more than `most` the longest unused is
    forgotten.
    """

    def __init__(self, make: Callable[[str], Guard], *, most: int = 1000) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[str, Guard] = OrderedDict()

    def of(self, target: str) -> Guard:
        """The guard of this target."""
        guard = self._kept.get(target)
        if guard is None:
            guard = self._kept[target] = self._make(target)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(target)
        return guard


class _Memory(Generic[P, T]):
    """Results by arguments. Calls with the same ones at the same time are made once."""

    def __init__(
        self,
        call: Callable[P, Awaitable[T]],
        cached: Cached,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call = call
        self._cached = cached
        self._clock = clock
        self._results: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._calling: dict[Hashable, asyncio.Future[T]] = {}

    async def call(self, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (args, tuple(sorted(kwargs.items())))
        known = self._results.get(key)
        if known is not None and known[0] > self._clock():
            return known[1]
        calling = self._calling.get(key)
        if calling is None:
            calling = self._calling[key] = asyncio.ensure_future(self._make(key, args, kwargs))
            calling.add_done_callback(lambda done: self._calling.pop(key, None))
        # Shielded: who gives up waiting must not take the result away from the others.
        return await asyncio.shield(calling)

    async def _make(self, key: Hashable, args: Any, kwargs: Any) -> T:
        result = await self._call(*args, **kwargs)
        self._results[key] = (self._clock() + self._cached.seconds, result)
        self._results.move_to_end(key)
        if len(self._results) > self._cached.most:
            self._results.popitem(last=False)
        return result


def _falling_back(
    call: Callable[P, Awaitable[T]], fallback: Callable[P, Awaitable[T]]
) -> Callable[P, Awaitable[T]]:
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except Exception:
            return await fallback(*args, **kwargs)

    return run
