"""What a payment is: the words that core and gateways share. Where a payment of ours stands, and what that
means for the ledger, is in `domain.ledger`; tiers and members are in `domain.memberships`.

Amounts are in minor units of the currency, times in Unix milliseconds.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from microblog_core.domain.money import (
    EXPONENTS,
    Money,
    check_currency,
    check_money,
    exponent_of,
    is_country,
    is_currency,
    parse_amount,
)

STALE_MILLISECONDS = 5 * 60 * 1000
"""A webhook that was signed longer ago than this, or as far in the future, is refused."""

REFUNDS = "refunds"
PARTIAL_REFUNDS = "partial_refunds"
CAPTURE = "capture"
SUBSCRIPTIONS = "subscriptions"
DISPUTES = "disputes"
CAPABILITIES = frozenset({REFUNDS, PARTIAL_REFUNDS, CAPTURE, SUBSCRIPTIONS, DISPUTES})
"""What gateways may say of themselves: they give back a whole payment, parts of one, take later what was
authorised, charge again every month or year, tell of disputes.
"""


class Product(enum.StrEnum):
    """What is paid for."""

    TIP = "tip"
    MEMBERSHIP = "membership"


NEEDED: Mapping[Product, frozenset[str]] = {
    Product.TIP: frozenset(),
    Product.MEMBERSHIP: frozenset({SUBSCRIPTIONS}),
}
"""The capabilities that a gateway must have to take a product."""


class Interval(enum.StrEnum):
    """How often a membership is paid."""

    MONTH = "month"
    YEAR = "year"


class PaymentState(enum.StrEnum):
    """Where a payment stands. `created` is ours alone: the gateway has not answered yet.

    `captured` is the payee's money, `disputed` is held back until the payer's bank has decided: then it is
    `captured` (or refunded in part) again, or `charged_back`.
    """

    CREATED = "created"
    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"


class SubscriptionState(enum.StrEnum):
    """Where a subscription stands: nobody has paid yet, paid, the last period is not paid, over."""

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    ENDED = "ended"


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer is asked for, once. The same payment always has the same request.

    `reference` is ours and unique among all sites of an installation: give it to the provider, and find it in
    webhooks. The payer comes back to `return_url`, or to `cancel_url` without having paid. Webhooks go to
    `webhook_url`. `country` is the payer's (ISO 3166-1), empty where it is not known.
    """

    reference: str
    amount: Money
    country: str
    description: str
    return_url: str
    cancel_url: str = ""
    webhook_url: str = ""


class SubscriptionRequest(PaymentRequest, frozen=True, kw_only=True):
    """What a payer is asked for now and every month or year; `amount` is for one period."""

    interval: Interval


class PaymentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway says of a payment now.

    `gateway_id` is the provider's own, the same for as long as the payment exists. `redirect_url` is where
    the payer goes on, empty for nowhere. `amount` is what was asked for, and taken where it is captured;
    `refunded_minor` is the sum of what was given back. `reason` says in English why it failed (`expired`,
    `insufficient funds`). A payment of a subscription has the period that it pays for.
    """

    gateway: str
    gateway_id: str
    reference: str
    state: PaymentState
    amount: Money
    refunded_minor: int = 0
    redirect_url: str = ""
    reason: str = ""
    period_start: int = 0
    period_end: int = 0


class SubscriptionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway says of a subscription now.

    `payments` are those of its periods, oldest first, at least the latest twelve; each has a `gateway_id` of
    its own, by which `fetch` and `refund` know it, and the period that it pays for. `ended_at` is when it
    ended, 0 while it hasn't; with `cancel_at_period_end` it will end by itself.
    """

    gateway: str
    gateway_id: str
    reference: str
    state: SubscriptionState
    amount: Money
    interval: Interval
    cancel_at_period_end: bool = False
    ended_at: int = 0
    redirect_url: str = ""
    reason: str = ""
    payments: tuple[PaymentStatus, ...] = ()


class NoticeKind(enum.StrEnum):
    """What a webhook rings for."""

    PAYMENT = "payment"
    SUBSCRIPTION = "subscription"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A verified webhook: something happened to this payment or subscription. What it is, `fetch` says.

    `event_id` is the provider's, unique at this gateway. `gateway_id` is the payment's or the subscription's,
    or another id of the provider's by which `fetch` and `fetch_subscription` find it; `reference` is ours,
    empty where the webhook does not have it.
    """

    event_id: str
    kind: NoticeKind
    gateway_id: str
    reference: str = ""
    occurred_at: int = 0


__all__ = [
    "CAPABILITIES",
    "CAPTURE",
    "DISPUTES",
    "EXPONENTS",
    "NEEDED",
    "PARTIAL_REFUNDS",
    "REFUNDS",
    "STALE_MILLISECONDS",
    "SUBSCRIPTIONS",
    "Interval",
    "Money",
    "Notice",
    "NoticeKind",
    "PaymentRequest",
    "PaymentState",
    "PaymentStatus",
    "Product",
    "SubscriptionRequest",
    "SubscriptionState",
    "SubscriptionStatus",
    "check_currency",
    "check_money",
    "exponent_of",
    "is_country",
    "is_currency",
    "parse_amount",
]
