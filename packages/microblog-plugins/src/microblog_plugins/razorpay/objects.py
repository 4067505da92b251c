"""The objects of Razorpay's API, as far as they are read here, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from microblog_core.domain.payments import Money, PaymentState, PaymentStatus

NAME = "razorpay"
REFERENCE = "reference"
_FATES = {
    "created": (PaymentState.PENDING, ""),
    "partially_paid": (PaymentState.PENDING, ""),
    # The payment itself is not told yet.
    "paid": (PaymentState.PENDING, ""),
    "expired": (PaymentState.FAILED, "expired"),
    "cancelled": (PaymentState.CANCELLED, ""),
}


class Try(msgspec.Struct, frozen=True):
    """A payment as a link names it."""

    payment_id: str


class Link(msgspec.Struct, frozen=True):
    """A Payment Link: the page on which somebody pays. `notes` is a list where there are none."""

    id: str
    status: str
    amount: int
    currency: str
    reference_id: str
    short_url: str = ""
    order_id: str | None = None
    payments: tuple[Try, ...] | None = None
    notes: Any = None

    @property
    def reference(self) -> str:
        """Our reference."""
        notes = self.notes if isinstance(self.notes, dict) else {}
        return str(notes.get(REFERENCE) or self.reference_id)


class Payment(msgspec.Struct, frozen=True):
    """Somebody's try to pay, with how far it got."""

    id: str
    status: str
    amount: int
    currency: str
    amount_refunded: int | None = None
    created_at: int = 0


class Refund(msgspec.Struct, frozen=True):
    """Money that was given back."""

    id: str
    receipt: str | None = None


def chosen(payments: Sequence[Payment]) -> Payment | None:
    """Of all tries the one that counts: the first that was taken, else authorised; None where all failed."""
    in_order = sorted(payments, key=lambda payment: payment.created_at)
    taken = [payment for payment in in_order if payment.status in ("captured", "refunded")]
    authorised = [payment for payment in in_order if payment.status == "authorized"]
    return next(iter((*taken, *authorised)), None)


def status_of(link: Link, payment: Payment | None) -> PaymentStatus:
    """Where the payment of a link stands."""
    (state, reason), refunded = _FATES.get(link.status, _FATES["created"]), 0
    if payment is not None:
        refunded, reason = payment.amount_refunded or 0, ""
        if payment.status == "authorized":
            state = PaymentState.AUTHORISED
        elif refunded >= payment.amount or payment.status == "refunded":
            state = PaymentState.REFUNDED
        else:
            state = PaymentState.PARTIALLY_REFUNDED if refunded else PaymentState.CAPTURED
    return PaymentStatus(
        gateway=NAME,
        gateway_id=link.id,
        reference=link.reference,
        state=state,
        amount=Money(link.amount, link.currency),
        refunded_minor=refunded,
        redirect_url=link.short_url if state is PaymentState.PENDING and link.status == "created" else "",
        reason=reason,
    )
