"""What is paid, by whom, for what, and what authors earn."""

from __future__ import annotations

from microblog_api.entities.accounts import Account
from microblog_api.entities.base import Entity


class MoneyEntity(Entity):
    """An amount: `minor` in the smallest unit of the currency (cents), `formatted` in digits for people."""

    minor: int
    currency: str
    formatted: str


class TierEntity(Entity):
    """What members pay every month or year, one of both at least. A `retired` one takes nobody new."""

    id: str
    name: str
    description: str
    monthly: MoneyEntity | None
    yearly: MoneyEntity | None
    retired: bool


class PayeeEntity(Entity):
    """How somebody is paid: in one currency, with tips of these suggested amounts, or without tips."""

    currency: str
    tips: bool
    suggestions: list[MoneyEntity]
    minimum: MoneyEntity
    maximum: MoneyEntity


class MembershipEntity(Entity):
    """A membership. The member goes on to `redirect_url` while it is `pending`; `state` is `pending`,
    `active`, `past_due` or `ended`. What was written for members is seen until `access_until`.
    """

    id: str
    state: str
    interval: str
    amount: MoneyEntity
    created_at: str
    paid_until: str | None
    access_until: str | None
    ended_at: str | None
    cancel_at_period_end: bool
    redirect_url: str | None
    reason: str
    author: Account | None
    tier: TierEntity | None


class MemberEntity(Entity):
    """A member of one's own; no account for one who is deleted."""

    id: str
    account: Account | None
    tier: TierEntity
    interval: str
    amount: MoneyEntity
    created_at: str
    access_until: str | None


class OfferEntity(Entity):
    """What somebody is paid for, and the reader's own membership. `payee` is null for who is not paid."""

    payee: PayeeEntity | None
    tiers: list[TierEntity]
    membership: MembershipEntity | None


class PaymentEntity(Entity):
    """A payment. The payer goes on to `redirect_url` while there is one. `state` is `created`, `pending`,
    `authorised`, `captured`, `failed`, `cancelled`, `partially_refunded`, `refunded`, `disputed` or
    `charged_back`; `product` is `tip` or `membership`.
    """

    id: str
    product: str
    state: str
    amount: MoneyEntity
    refunded: MoneyEntity
    created_at: str
    captured_at: str | None
    redirect_url: str | None
    description: str
    note: str
    reason: str
    membership_id: str | None
    period_start: str | None
    period_end: str | None
    payer: Account | None
    payee: Account | None


class ReceiptEntity(Entity):
    """What somebody has in hand of a payment; `provider` took it, under `provider_reference`."""

    number: str
    captured_at: str
    provider: str
    provider_reference: str
    payment: PaymentEntity


class EarnedThen(Entity):
    """What came in without what went back, in a day (`2026-11-22`) or a month (`2026-11`)."""

    then: str
    product: str
    amount: MoneyEntity
    payments: int


class EarningsEntity(Entity):
    """What an author earned, and what is owed to them and held back while it is disputed, by currency."""

    days: list[EarnedThen]
    months: list[EarnedThen]
    owed: list[MoneyEntity]
    held: list[MoneyEntity]
