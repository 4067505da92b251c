"""What Stripe's objects mean in the words that core and gateways share."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.payments import (
    Interval,
    Money,
    PaymentState,
    PaymentStatus,
    SubscriptionState,
    SubscriptionStatus,
)
from microblog_plugins.stripe.amounts import from_stripe
from microblog_plugins.stripe.objects import Charge, Dispute, Invoice, PaymentIntent, Session

NAME = "stripe"
CANCELLED = "cancelled"
"""The key of a session's metadata that tells sessions that we closed from those that ran out."""
INTERVAL = "interval"
REFERENCE = "reference"

_LOST = "lost"
_OPEN_DISPUTE = ("needs_response", "under_review")
"""Those that begin with `warning_` are questions: no money is held back."""
_SUBSCRIPTIONS = {
    "incomplete": SubscriptionState.PENDING,
    "trialing": SubscriptionState.ACTIVE,
    "active": SubscriptionState.ACTIVE,
    "past_due": SubscriptionState.PAST_DUE,
    "unpaid": SubscriptionState.PAST_DUE,
    "paused": SubscriptionState.PAST_DUE,
    "canceled": SubscriptionState.ENDED,
    "incomplete_expired": SubscriptionState.ENDED,
}
Fate = tuple[PaymentState, str]
"""A state and the reason for it."""


def payment_of(session: Session, disputes: Sequence[Dispute] = ()) -> PaymentStatus:
    """Where the payment of a session stands."""
    amount = from_stripe(session.amount_total, session.currency)
    intent = session.payment_intent
    state, reason = _fate_of(session)
    charge = intent.latest_charge if intent is not None else None
    refunded = 0
    if session.status == "complete" and intent is not None and intent.status == "succeeded" and charge:
        state, reason = _taken(charge, disputes), ""
        refunded = from_stripe(charge.amount_refunded, session.currency).minor
    return PaymentStatus(
        gateway=NAME,
        gateway_id=session.id,
        reference=session.client_reference_id or "",
        state=state,
        amount=amount,
        refunded_minor=refunded,
        redirect_url=session.url or "" if state is PaymentState.PENDING else "",
        reason=reason,
    )


def period_of(invoice: Invoice, intent: PaymentIntent | None, disputes: Sequence[Dispute]) -> PaymentStatus:
    """Where the payment of one period of a subscription stands."""
    charge = intent.latest_charge if intent is not None else None
    refunded, reason = 0, ""
    if invoice.status == "paid":
        state = _taken(charge, disputes) if charge is not None else PaymentState.CAPTURED
        refunded = from_stripe(charge.amount_refunded, invoice.currency).minor if charge is not None else 0
    elif invoice.status in ("void", "uncollectible"):
        state, reason = PaymentState.FAILED, "not paid"
    elif invoice.attempted and intent is not None and intent.status == "requires_payment_method":
        state, reason = PaymentState.FAILED, _why(intent)
    else:
        state = PaymentState.PENDING
    period = invoice.lines.data[0].period
    return PaymentStatus(
        gateway=NAME,
        gateway_id=invoice.id,
        reference=invoice.reference,
        state=state,
        amount=from_stripe(invoice.total, invoice.currency),
        refunded_minor=refunded,
        reason=reason,
        period_start=period.start * 1000,
        period_end=period.end * 1000,
    )


def subscription_of(session: Session, payments: tuple[PaymentStatus, ...] = ()) -> SubscriptionStatus:
    """Where the subscription of a session stands."""
    subscription = session.subscription
    ended_at, reason = 0, ""
    if subscription is not None:
        state = _SUBSCRIPTIONS[subscription.status]
        ended_at = (subscription.ended_at or 0) * 1000
    elif session.status == "expired":
        # Stripe does not say when a session was closed. Nobody ever had anything of this one.
        state, ended_at, reason = SubscriptionState.ENDED, session.created * 1000, "not paid"
    else:
        state = SubscriptionState.PENDING
    ends = subscription is not None and (subscription.cancel_at_period_end or bool(subscription.cancel_at))
    return SubscriptionStatus(
        gateway=NAME,
        gateway_id=session.id,
        reference=session.client_reference_id or "",
        state=state,
        amount=_asked_for(session),
        interval=Interval(session.metadata.get(INTERVAL, Interval.MONTH)),
        cancel_at_period_end=ends and state is not SubscriptionState.ENDED,
        ended_at=ended_at,
        redirect_url=session.url or "" if state is SubscriptionState.PENDING else "",
        reason=reason,
        payments=payments,
    )


def disputed(intent: PaymentIntent | None) -> str:
    """The id of a charge that somebody's bank asked back, however that ended; empty where none did."""
    charge = intent.latest_charge if intent is not None else None
    return charge.id if charge is not None and charge.disputed else ""


def _asked_for(session: Session) -> Money:
    return from_stripe(session.amount_total, session.currency)


def _fate_of(session: Session) -> Fate:
    """What became of a session without money."""
    intent = session.payment_intent
    if session.status == "expired":
        if CANCELLED in session.metadata:
            return PaymentState.CANCELLED, ""
        return PaymentState.FAILED, "expired"
    if session.status == "complete" and intent is not None:
        # The payer is done, and the bank said no days later.
        if intent.status == "requires_payment_method":
            return PaymentState.FAILED, _why(intent)
        if intent.status == "canceled":
            return PaymentState.CANCELLED, ""
    return PaymentState.PENDING, ""


def _taken(charge: Charge, disputes: Sequence[Dispute]) -> PaymentState:
    states = {dispute.status for dispute in disputes}
    if _LOST in states:
        return PaymentState.CHARGED_BACK
    if states.intersection(_OPEN_DISPUTE):
        return PaymentState.DISPUTED
    if charge.amount_refunded >= charge.amount:
        return PaymentState.REFUNDED
    return PaymentState.PARTIALLY_REFUNDED if charge.amount_refunded else PaymentState.CAPTURED


def _why(intent: PaymentIntent) -> str:
    failure = intent.last_payment_error
    return (failure.message or failure.code or "failed") if failure is not None else "failed"
