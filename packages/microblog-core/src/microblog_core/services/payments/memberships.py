"""Memberships: somebody pays an author every month or year, until they end it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.memberships import Membership, Tier
from microblog_core.domain.payments import Interval, Product, SubscriptionState, SubscriptionStatus
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import (
    audited,
    authorised,
    idempotent,
    rate_limited,
    remember,
    retried,
)
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.operations.payments import AddMembership, RecordMembership
from microblog_core.ports.payments import payments_of
from microblog_core.services.payments.asking import (
    Refused,
    ask,
    check_on,
    check_payable,
    choose_gateways,
    committed,
    key_of,
    logger,
    subscription_request,
    subscriptions_of,
    unclear,
)
from microblog_core.services.payments.jobs import settle_later
from microblog_core.services.payments.settling import apply_subscription, ended, settle_membership
from microblog_core.services.payments.telling import EndAccess
from microblog_core.services.payments.tips import check_country

_NAMES = {Interval.MONTH: "every month", Interval.YEAR: "every year"}


class BeginMembership(msgspec.Struct, frozen=True, kw_only=True):
    """Become a member by this tier. `country` and `idempotency_key` as for tips."""

    tier_id: int
    interval: Interval = Interval.MONTH
    country: str = ""
    idempotency_key: str = ""


class EndMembership(msgspec.Struct, frozen=True, kw_only=True):
    """End a membership: when what was paid is over, or `at_once`."""

    membership_id: int
    at_once: bool = False


async def _begun(ports: Ports, actor: Actor, membership_id: int) -> Membership:
    """What the first request with this key began, as for tips."""
    membership = await _membership(ports, membership_id)
    if membership.live and not membership.gateway_id:
        try:
            return await settle_membership(ports, membership.id, cause="request")
        except Exception as error:
            logger.warning("Membership %s can't be asked about now: %s", membership.id, error)
    return membership


async def _membership(ports: Ports, membership_id: int) -> Membership:
    found = await payments_of(ports.storage).membership(membership_id)
    if found is None:
        raise NotFound("There is no such membership.")
    return found


@authorised("payments.write")
@idempotent(_begun)
@rate_limited("pay", limit=30, per=3600)
@retried("id")
async def begin_membership(ports: Ports, actor: Actor, command: BeginMembership) -> Membership:
    """Begin a membership at the first gateway that takes it. The member goes on to its `redirect_url`; where
    that is empty its `state` says why.

    One that was begun with this tier and not paid yet is gone on with; another one that wasn't paid ends.
    Raises `NotFound`, `Invalid` (oneself, fields `interval`, `country`), `Forbidden` (a block), `Conflict`
    (guard `membership`: a member already), `Declined` (no gateway takes it), `Unavailable`.
    """
    check_on(ports)
    member, read = require_account(actor), payments_of(ports.storage)
    tier = await read.tier(command.tier_id)
    if tier is None or tier.retired_at is not None:
        raise NotFound("There is no such tier.")
    author = await check_payable(ports, member, tier.account_id)
    amount = tier.price(command.interval)
    if amount is None:
        raise Invalid(fields={"interval": "This tier is not offered so."})
    country = check_country(command.country)
    live = await read.live_membership(member.id, author.id)
    if live is not None:
        unpaid = await _unpaid(ports, live, tier, command.interval)
        if unpaid is not None:
            return unpaid
    names = choose_gateways(ports, amount.currency, country, Product.MEMBERSHIP)
    now = ports.clock.now()
    membership = Membership(
        id=ports.ids.at(now),
        member_id=member.id,
        author_id=author.id,
        tier_id=tier.id,
        interval=command.interval,
        amount=amount,
        gateway=names[0],
        country=country,
        description=f"Membership of @{author.username}: {tier.name}, {_NAMES[command.interval]}",
        created_at=now,
        updated_at=now,
    )
    unit = ports.unit()
    unit.apply(AddMembership(membership=membership))
    remember(unit, member.id, command.idempotency_key, membership.id, now)
    await unit.commit()
    return await _begin_at(ports, membership, names)


async def _unpaid(ports: Ports, live: Membership, tier: Tier, interval: Interval) -> Membership | None:
    """What was begun and isn't paid yet, if it is for the same; something else is ended. Raises
    `Conflict`.
    """
    if live.state is SubscriptionState.PENDING:
        live = await settle_membership(ports, live.id, cause="request")
    if live.state is SubscriptionState.PENDING:
        if (live.tier_id, live.interval) == (tier.id, interval) and live.redirect_url:
            return live
        live = await _end(ports, live, at_once=True)
    if live.live:
        raise Conflict(
            "You are a member already.", guard="membership", hint="End that membership to choose another one."
        )
    return None


async def _begin_at(ports: Ports, membership: Membership, names: Sequence[str]) -> Membership:
    """Ask one gateway after the other, as for tips."""
    reason = ""
    for name in names:
        if membership.gateway != name:
            membership = await _move(ports, membership, name)
        try:
            status = await ask("A membership", name, _subscribe(ports, membership))
        except Refused as refused:
            reason = refused.reason
            continue
        # Where nobody knows, it stays as it is: the reconciler asks this gateway again, and nobody else.
        return membership if status is None else await _apply(ports, membership, status)
    return await _apply(ports, membership, ended(ports, membership, reason))


async def _subscribe(ports: Ports, membership: Membership) -> SubscriptionStatus:
    request = subscription_request(ports, membership)
    return await subscriptions_of(ports, membership.gateway).subscribe(request, key=request.reference)


async def _move(ports: Ports, membership: Membership, name: str) -> Membership:
    moved = replace(membership, gateway=name, version=membership.version + 1, updated_at=ports.clock.now())
    unit = ports.unit()
    unit.apply(RecordMembership(membership=moved))
    await unit.commit()
    return moved


async def _apply(ports: Ports, membership: Membership, status: SubscriptionStatus) -> Membership:
    try:
        return await apply_subscription(ports, membership, status, cause="request")
    except Conflict as conflict:
        if conflict.guard not in ("version", "id"):
            raise
        return await settle_membership(ports, membership.id, cause="request")


@authorised("payments.write")
async def end_membership(ports: Ports, actor: Actor, command: EndMembership) -> Membership:
    """End an own membership, or, as an operator, anybody's: it is charged no more. Nothing is given back.
    Raises `NotFound`, `Unavailable`.
    """
    membership = await _membership(ports, command.membership_id)
    if membership.member_id != actor.id:
        if not ports.authoriser.allows(actor, "payments.refund"):
            raise NotFound("There is no such membership.")
        return await _end_for(ports, actor, command)
    return await _end(ports, membership, at_once=command.at_once)


@audited("membership.ended", lambda command: command.membership_id)
async def _end_for(ports: Ports, actor: Actor, command: EndMembership) -> Membership:
    membership = await _membership(ports, command.membership_id)
    unit = ports.unit()
    settle_later(ports, unit, membership)
    await unit.commit()
    return await _end(committed(ports), membership, at_once=command.at_once)


async def _end(ports: Ports, membership: Membership, *, at_once: bool) -> Membership:
    if not membership.live:
        return membership
    at_period_end = not at_once and membership.state is not SubscriptionState.PENDING
    if not membership.gateway_id:
        # What its beginning came to must be known first.
        membership = await settle_membership(ports, membership.id, cause="request")
    gateway = subscriptions_of(ports, membership.gateway)
    try:
        status = await gateway.end_subscription(
            membership.gateway_id,
            at_period_end=at_period_end,
            key=key_of(ports, membership, "end", at_period_end),
        )
    except Exception as error:
        raise unclear(error) from error
    return await _apply(ports, membership, status)


async def end_memberships_of_gone(ports: Ports, membership: Membership) -> Membership:
    """End what nobody is there for any more: the member or the author was deleted."""
    return await _end(ports, membership, at_once=True)


async def end_access(ports: Ports, job: Job) -> None:
    """The job `END_ACCESS_JOB`: have everybody forget what is kept of an access that is over."""
    about = msgspec.json.decode(job.payload, type=EndAccess)
    membership = await payments_of(ports.storage).membership(about.membership_id)
    if membership is None or membership.gives_access(ports.clock.now()):
        return
    unit = ports.unit()
    unit.apply(RecordMembership(membership=replace(membership, version=membership.version + 1)))
    await unit.commit()
