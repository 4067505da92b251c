"""Settling: ask a gateway where a payment or membership stands, and apply what it says, once in effect.

Whatever rings (a webhook, the reconciler, the payer who comes back), the gateway is asked, and the ledger,
the membership and everybody who is told are written in one unit, guarded by the version that was read before
the gateway was asked. So of two who settle at once one wins, the other asks again; order and repetition don't
matter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict, Declined, NotFound, Unavailable
from microblog_core.domain.ledger import Entry, Payment, Settled, first_entry, settle
from microblog_core.domain.memberships import Membership, entitlement
from microblog_core.domain.payments import (
    CAPTURE,
    PaymentState,
    PaymentStatus,
    Product,
    SubscriptionState,
    SubscriptionStatus,
)
from microblog_core.ports.context import Ports
from microblog_core.ports.operations.payments import AddPayment, RecordMembership, RecordPayment
from microblog_core.ports.payments import payments_of
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.payments.asking import (
    gateway_of,
    key_of,
    logger,
    payment_request,
    subscription_request,
    subscriptions_of,
)
from microblog_core.services.payments.telling import end_of_access, tell

T = TypeVar("T")
TRIES = 5
_AGAIN = ("version", "id", "gateway_id")


async def settle_payment(ports: Ports, payment_id: int, *, cause: str) -> Payment:
    """Ask the gateway where a payment stands, take what was only authorised, and apply it. `cause` is who
    asks: `request`, `reconciler`, `webhook:<event id>`.

    Raises `NotFound` (there is no such payment, or the gateway knows none), `Unavailable`, and what the
    gateway raises.
    """

    async def settle_once() -> Payment:
        payment = await payments_of(ports.storage).get(payment_id)
        if payment is None:
            raise NotFound("There is no such payment.")
        return await apply_status(ports, payment, await _asked(ports, payment), cause=cause)

    return await _again(settle_once)


async def _again(settle_once: Callable[[], Awaitable[T]]) -> T:
    """Ask and apply until nobody else was quicker. Raises `Unavailable`."""
    for _ in range(TRIES):
        try:
            return await settle_once()
        except Conflict as conflict:
            if conflict.guard not in _AGAIN:
                raise
    raise Unavailable("This payment changes all the time.", hint="Try again later.")


async def _asked(ports: Ports, payment: Payment) -> PaymentStatus:
    gateway = gateway_of(ports, payment.gateway)
    if not payment.gateway_id:
        # The answer was lost: the same key gets it again.
        request = payment_request(ports, payment)
        try:
            status = await gateway.begin(request, key=request.reference)
        except Declined as declined:
            return lost(payment, declined.message)
    else:
        status = await gateway.fetch(payment.gateway_id)
    return await captured(ports, payment, status)


async def captured(ports: Ports, payment: Payment, status: PaymentStatus) -> PaymentStatus:
    """The status, after taking what is only authorised. Raises what the gateway raises."""
    if status.state is not PaymentState.AUTHORISED or CAPTURE not in ports.gateways.capabilities(
        payment.gateway
    ):
        return status
    return await gateway_of(ports, payment.gateway).capture(
        status.gateway_id, key=key_of(ports, payment, "capture")
    )


def lost(payment: Payment, reason: str) -> PaymentStatus:
    """The status of what a gateway surely doesn't take."""
    return PaymentStatus(
        gateway=payment.gateway,
        gateway_id=payment.gateway_id,
        reference="",
        state=PaymentState.FAILED,
        amount=payment.amount,
        reason=reason,
    )


async def apply_status(ports: Ports, payment: Payment, status: PaymentStatus, *, cause: str) -> Payment:
    """Apply what a gateway says of a payment; the payment as it is then. `payment` was read before the
    gateway was asked. Raises `Conflict` (guard `version`: somebody else was quicker).
    """
    now, next_id = _ids(ports)
    settled = settle(payment, status, cause=cause, at=now, next_id=next_id)
    if settled.payment is payment:
        return payment
    unit = ports.unit()
    unit.apply(RecordPayment(payment=settled.payment, entries=settled.entries))
    first = True
    if payment.membership_id is not None:
        read = payments_of(ports.storage)
        membership = await read.membership(payment.membership_id)
        others = [each for each in await read.of_membership(payment.membership_id) if each.id != payment.id]
        first = not any(each.captured_at for each in others)
        if membership is not None:
            _entitle(ports, unit, membership, membership, [*others, settled.payment], now)
    _note(settled, payment)
    tell(ports, unit, payment, settled, now, first=first)
    await unit.commit()
    return settled.payment


def _ids(ports: Ports) -> tuple[int, Callable[[], int]]:
    now = ports.clock.now()
    return now, lambda: ports.ids.at(now)


def _note(settled: Settled, before: Payment) -> None:
    """Log each step, and what an operator must look at."""
    after = settled.payment
    for entry in settled.entries:
        logger.info("Payment %s: %s, after %s (%s)", after.id, entry.after, entry.before, entry.cause)
    if after.attention != before.attention:
        logger.error("Payment %s needs attention: %s", after.id, after.attention)


async def settle_membership(ports: Ports, membership_id: int, *, cause: str) -> Membership:
    """The same for a membership: each of its periods becomes a payment of ours, and access follows from what
    was paid.
    """

    async def settle_once() -> Membership:
        membership = await payments_of(ports.storage).membership(membership_id)
        if membership is None:
            raise NotFound("There is no such membership.")
        status = await _asked_for_all(ports, membership)
        return await apply_subscription(ports, membership, status, cause=cause)

    return await _again(settle_once)


async def _asked_for_all(ports: Ports, membership: Membership) -> SubscriptionStatus:
    gateway = subscriptions_of(ports, membership.gateway)
    if membership.gateway_id:
        return await gateway.fetch_subscription(membership.gateway_id)
    request = subscription_request(ports, membership)
    try:
        return await gateway.subscribe(request, key=request.reference)
    except Declined as declined:
        return ended(ports, membership, declined.message)


def ended(ports: Ports, membership: Membership, reason: str) -> SubscriptionStatus:
    """The status of what a gateway surely doesn't take."""
    return SubscriptionStatus(
        gateway=membership.gateway,
        gateway_id=membership.gateway_id,
        reference="",
        state=SubscriptionState.ENDED,
        amount=membership.amount,
        interval=membership.interval,
        ended_at=ports.clock.now(),
        reason=reason,
    )


async def apply_subscription(
    ports: Ports, membership: Membership, status: SubscriptionStatus, *, cause: str
) -> Membership:
    """Apply what a gateway says of a membership; the membership as it is then. Raises `Conflict` (guard
    `version`).
    """
    now, next_id = _ids(ports)
    stored = {each.gateway_id: each for each in await payments_of(ports.storage).of_membership(membership.id)}
    unit, payments = ports.unit(), dict(stored)
    for period in status.payments:
        known = stored.get(period.gateway_id)
        before = known or _payment_of(ports, membership, period, now, next_id())
        begun: tuple[Entry, ...] = ()
        if known is None:
            begun = (first_entry(before, entry_id=next_id(), cause=cause),)
        settled = settle(before, period, cause=cause, at=now, next_id=next_id)
        if settled.payment is before:
            continue
        first = not any(each.captured_at for each in payments.values())
        payments[period.gateway_id] = settled.payment
        if known is None:
            unit.apply(AddPayment(payment=settled.payment, entries=(*begun, *settled.entries)))
        else:
            unit.apply(RecordPayment(payment=settled.payment, entries=settled.entries))
        _note(settled, before)
        tell(ports, unit, before, settled, now, first=first)
    after = replace(
        membership,
        gateway_id=status.gateway_id or membership.gateway_id,
        redirect_url=status.redirect_url if status.state is SubscriptionState.PENDING else "",
        state=status.state,
        cancel_at_period_end=status.cancel_at_period_end,
        ended_at=status.ended_at or (now if status.state is SubscriptionState.ENDED else 0),
        reason=status.reason,
    )
    if after.state is SubscriptionState.ENDED and membership.ended_at:
        after = replace(after, ended_at=status.ended_at or membership.ended_at)
    after = _entitle(ports, unit, membership, after, list(payments.values()), now)
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "membership":
            raise
        # It lives again, beside a newer one: both are paid, and an operator must say what becomes of it.
        return await _put_aside(ports, membership, now)
    return after


def _payment_of(
    ports: Ports, membership: Membership, period: PaymentStatus, now: int, payment_id: int
) -> Payment:
    """The payment of a period that we did not know of."""
    return Payment(
        id=payment_id,
        payer_id=membership.member_id,
        payee_id=membership.author_id,
        product=Product.MEMBERSHIP,
        amount=membership.amount,
        gateway=membership.gateway,
        gateway_id=period.gateway_id,
        country=membership.country,
        description=membership.description,
        membership_id=membership.id,
        period_start=period.period_start,
        period_end=period.period_end,
        created_at=now,
        updated_at=now,
        sequence=1,
    )


def _entitle(
    ports: Ports,
    unit: UnitOfWork,
    before: Membership,
    after: Membership,
    payments: Sequence[Payment],
    now: int,
) -> Membership:
    """Put into the unit what payments make of a membership, if they make anything of it."""
    ends = after.cancel_at_period_end or after.state is SubscriptionState.ENDED
    paid_until, access_until = entitlement(
        payments, ends=ends, ended_at=after.ended_at, grace=ports.gateways.rules.grace
    )
    after = replace(after, paid_until=paid_until, access_until=access_until)
    if after == before:
        return before
    after = replace(after, version=before.version + 1, updated_at=now)
    unit.apply(RecordMembership(membership=after))
    end_of_access(ports, unit, after, now)
    return after


async def _put_aside(ports: Ports, membership: Membership, now: int) -> Membership:
    doubt = "The gateway says that this membership lives, and the member has another one."
    if membership.attention == doubt:
        return membership
    logger.error("Membership %s needs attention: %s", membership.id, doubt)
    after = replace(membership, attention=doubt, version=membership.version + 1, updated_at=now)
    unit = ports.unit()
    unit.apply(RecordMembership(membership=after))
    await unit.commit()
    return after
