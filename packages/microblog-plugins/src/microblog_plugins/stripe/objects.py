"""The objects of Stripe's API, as far as they are read here. What may be expanded is an id otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Failure(msgspec.Struct, frozen=True):
    """Why the last try to pay failed."""

    message: str | None = None
    code: str | None = None


class Charge(msgspec.Struct, frozen=True):
    """Money that was taken, or a try to."""

    id: str
    amount: int
    status: str
    amount_refunded: int = 0
    disputed: bool = False


class PaymentIntent(msgspec.Struct, frozen=True):
    """The payment behind a session or an invoice; `latest_charge` is always asked for expanded."""

    id: str
    status: str
    currency: str
    latest_charge: Charge | None = None
    last_payment_error: Failure | None = None


class Subscription(msgspec.Struct, frozen=True):
    """A subscription."""

    id: str
    status: str
    customer: str
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    ended_at: int | None = None


class Session(msgspec.Struct, frozen=True):
    """A Checkout Session: the page on which somebody pays."""

    id: str
    mode: str
    status: str
    payment_status: str
    created: int
    amount_total: int
    currency: str
    client_reference_id: str | None = None
    url: str | None = None
    metadata: Mapping[str, str] = {}
    payment_intent: PaymentIntent | None = None
    subscription: Subscription | None = None


class Period(msgspec.Struct, frozen=True):
    """From when to when, Unix seconds."""

    start: int
    end: int


class Line(msgspec.Struct, frozen=True):
    """A line of an invoice."""

    period: Period


class Lines(msgspec.Struct, frozen=True):
    """The lines of an invoice."""

    data: tuple[Line, ...]


class Details(msgspec.Struct, frozen=True):
    """The subscription that an invoice is of."""

    subscription: str
    metadata: Mapping[str, str] | None = None


class Parent(msgspec.Struct, frozen=True):
    """What an invoice comes from."""

    subscription_details: Details | None = None


class PaidBy(msgspec.Struct, frozen=True):
    """What pays an invoice."""

    payment_intent: str | None = None


class InvoicePayment(msgspec.Struct, frozen=True):
    """One way in which an invoice is, or was to be, paid."""

    invoice: str
    status: str
    payment: PaidBy


class InvoicePayments(msgspec.Struct, frozen=True):
    """The ways of one invoice."""

    data: tuple[InvoicePayment, ...] = ()


class Invoice(msgspec.Struct, frozen=True):
    """The bill for one period; `payments` is always asked for expanded."""

    id: str
    status: str
    total: int
    currency: str
    lines: Lines
    attempted: bool = False
    parent: Parent | None = None
    payments: InvoicePayments = InvoicePayments()

    @property
    def intent(self) -> str:
        """The id of the payment intent that paid it, or is to; empty where there is none yet."""
        tries = [each for each in self.payments.data if each.payment.payment_intent]
        paid = [each for each in tries if each.status == "paid"]
        chosen = (paid or tries)[:1]
        return (chosen[0].payment.payment_intent or "") if chosen else ""

    @property
    def reference(self) -> str:
        """Our reference of the subscription."""
        details = self.parent.subscription_details if self.parent else None
        return (details.metadata or {}).get("reference", "") if details else ""


class Dispute(msgspec.Struct, frozen=True):
    """A payer's bank asks for the money back."""

    status: str


class Refund(msgspec.Struct, frozen=True):
    """Money that was given back, or a try to."""

    id: str
    metadata: Mapping[str, str] | None = None
