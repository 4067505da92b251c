"""Decorators around use cases: authorisation, audit, rate limits, idempotency, retries.

A use case is `async (ports, actor, command) -> result`, and so is each decorated one: they stack in any
number. Read them from the top: the first is asked first.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from microblog_core.domain.errors import Conflict, Invalid, RateLimited
from microblog_core.domain.permissions import Actor
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddAudit, AddIdempotencyKey
from microblog_core.ports.unit import UnitOfWork

C = TypeVar("C")
R = TypeVar("R")
P = ParamSpec("P")
UseCase = Callable[[Ports, Actor, C], Awaitable[R]]

IDEMPOTENCY_MILLISECONDS = 3600 * 1000
"""How long a key is remembered, as Mastodon documents for `Idempotency-Key`."""


class HasKey(Protocol):
    """A command that may carry an idempotency key; empty for none."""

    @property
    def idempotency_key(self) -> str:
        """The key, unique among the requests of one account within an hour."""
        ...


K = TypeVar("K", bound=HasKey)


def authorised(
    permission: str,
) -> Callable[
    [Callable[Concatenate[Ports, Actor, P], Awaitable[R]]],
    Callable[Concatenate[Ports, Actor, P], Awaitable[R]],
]:
    """Refuse actors without this permission: `Unauthenticated` for nobody, `Forbidden` for somebody."""

    def decorate(
        use_case: Callable[Concatenate[Ports, Actor, P], Awaitable[R]],
    ) -> Callable[Concatenate[Ports, Actor, P], Awaitable[R]]:
        @functools.wraps(use_case)
        async def run(ports: Ports, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            ports.authoriser.check(actor, permission)
            return await use_case(ports, actor, *args, **kwargs)

        return run

    return decorate


def audited(
    action: str | Callable[[Any], str],
    subject: Callable[[Any], object],
    detail: Callable[[Any], str] | None = None,
) -> Callable[[UseCase[C, R]], UseCase[C, R]]:
    """Write a line of the audit log in the use case's own transaction: who did `action` (maybe one that
    depends on the command) to `subject(command)`, and why: `detail(command)`. By the first word of the
    subject the line is found: it is an id or a name.
    """

    def decorate(use_case: UseCase[C, R]) -> UseCase[C, R]:
        @functools.wraps(use_case)
        async def run(ports: Ports, actor: Actor, command: C) -> R:
            now = ports.clock.now()
            line = AddAudit(
                id=ports.ids.at(now),
                actor_id=actor.id,
                action=action if isinstance(action, str) else action(command),
                subject=str(subject(command)),
                detail=_detail(actor, "" if detail is None else detail(command)),
                created_at=now,
            )
            return await use_case(ports.having(line), actor, command)

        return run

    return decorate


def _detail(actor: Actor, why: str) -> str:
    return ": ".join(part for part in ("system" if actor.system else "", why) if part)


def rate_limited(name: str, *, limit: int, per: float) -> Callable[[UseCase[C, R]], UseCase[C, R]]:
    """Let one account (or one address, where nobody is logged in) do this `limit` times in `per` seconds:
    `RateLimited`.
    """

    def decorate(use_case: UseCase[C, R]) -> UseCase[C, R]:
        @functools.wraps(use_case)
        async def run(ports: Ports, actor: Actor, command: C) -> R:
            if not actor.system:
                who = f"account:{actor.id}" if actor.id is not None else f"address:{actor.address}"
                times, seconds = ports.limits.rates.get(name, (limit, per))
                await ports.limiter.hit(f"{name}:{who}", limit=times, per=seconds)
            return await use_case(ports, actor, command)

        return run

    return decorate


def idempotent(
    load: Callable[[Ports, Actor, int], Awaitable[R]],
) -> Callable[[UseCase[K, R]], UseCase[K, R]]:
    """Run once for an idempotency key: later requests with it get what the first one made, read by `load(...,
    result_id)`.

    The use case itself adds `AddIdempotencyKey` to its unit, so that key and result are committed together;
    of requests at the same time one wins there, and the others find its result.
    """

    def decorate(use_case: UseCase[K, R]) -> UseCase[K, R]:
        @functools.wraps(use_case)
        async def run(ports: Ports, actor: Actor, command: K) -> R:
            if not command.idempotency_key or actor.id is None:
                return await use_case(ports, actor, command)
            key = stored_key(command.idempotency_key)
            since = ports.clock.now() - IDEMPOTENCY_MILLISECONDS
            earlier = await ports.storage.idempotent_result(actor.id, key, since)
            if earlier is not None:
                return await load(ports, actor, earlier)
            try:
                return await use_case(ports, actor, command)
            except (Conflict, Invalid, RateLimited) as refused:
                # What refuses the same thing again must not refuse the same request again.
                earlier = await ports.storage.idempotent_result(actor.id, key, since)
                if earlier is None or (isinstance(refused, Conflict) and refused.guard != "key"):
                    raise
                return await load(ports, actor, earlier)

        return run

    return decorate


def remember(unit: UnitOfWork, account_id: int, key: str, result_id: int, now: int) -> None:
    """Have the unit store what a request with this key made, for `idempotent`; an empty key is none."""
    if key:
        unit.apply(
            AddIdempotencyKey(
                account_id=account_id,
                key=stored_key(key),
                result_id=result_id,
                created_at=now,
                since=now - IDEMPOTENCY_MILLISECONDS,
            )
        )


def stored_key(key: str) -> str:
    """How an idempotency key is stored: hashed, so that its length and characters don't matter."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def retried(*guards: str, tries: int = 3) -> Callable[[UseCase[C, R]], UseCase[C, R]]:
    """Run again when one of these guards fails, for conflicts that a second look resolves (an id given
    twice).
    """

    def decorate(use_case: UseCase[C, R]) -> UseCase[C, R]:
        @functools.wraps(use_case)
        async def run(ports: Ports, actor: Actor, command: C) -> R:
            for _ in range(tries - 1):
                try:
                    return await use_case(ports, actor, command)
                except Conflict as conflict:
                    if conflict.guard not in guards:
                        raise
            return await use_case(ports, actor, command)

        return run

    return decorate
