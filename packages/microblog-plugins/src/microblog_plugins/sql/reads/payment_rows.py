"""Payments, entries, tiers and memberships: from rows to structs and back."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_core.domain.ledger import Entry, Line, Payment
from microblog_core.domain.memberships import Membership, Payee, Tier
from microblog_core.domain.money import Money
from microblog_core.domain.payments import Interval, PaymentState, Product, SubscriptionState
from microblog_plugins.sql.steps import Row

PAYMENT = (
    "id payer_id payee_id product minor currency gateway gateway_id redirect_url state refunded_minor country"
    " description note membership_id period_start period_end reason attention created_at updated_at"
    " captured_at sequence version"
).split()
ENTRY = "id payment_id sequence from_state to_state refunded_minor cause at".split()
PAYEE = "account_id currency tips amounts updated_at".split()
TIER = "id account_id name description currency monthly yearly created_at retired_at".split()
MEMBERSHIP = (
    "id member_id author_id tier_id interval minor currency gateway gateway_id redirect_url state country"
    " description paid_until access_until cancel_at_period_end ended_at reason attention created_at"
    " updated_at version"
).split()
PAYMENT_WIDTH, ENTRY_WIDTH, TIER_WIDTH, MEMBERSHIP_WIDTH = map(len, (PAYMENT, ENTRY, TIER, MEMBERSHIP))

_amounts_of = msgspec.json.Decoder(tuple[int, ...]).decode


def _values(row: Row, names: list[str], start: int) -> dict[str, Any]:
    return dict(zip(names, row[start : start + len(names)], strict=True))


def _with_amount(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"amount": Money(values.pop("minor"), values.pop("currency"))}


def payment_of(row: Row, start: int = 0) -> Payment:
    """A payment of the columns `PAYMENT` that begin at `start`."""
    values = _with_amount(_values(row, PAYMENT, start))
    values |= {"product": Product(values["product"]), "state": PaymentState(values["state"])}
    return Payment(**values)


def payment_values(payment: Payment) -> dict[str, Any]:
    """The columns of a payment."""
    values = msgspec.structs.asdict(payment)
    amount = values.pop("amount")
    texts = {"product": str(payment.product), "state": str(payment.state)}
    return values | texts | {"minor": amount.minor, "currency": amount.currency}


def entry_of(row: Row, lines: tuple[Line, ...], start: int = 0) -> Entry:
    """An entry of the columns `ENTRY` that begin at `start`."""
    values = _values(row, ENTRY, start)
    before, after = values.pop("from_state"), PaymentState(values.pop("to_state"))
    return Entry(**values, before=before, after=after, lines=lines)


def payee_of(row: Row) -> Payee:
    """A payee of the columns `PAYEE`."""
    values = _values(row, PAYEE, 0)
    return Payee(**values | {"tips": values["tips"] == 1, "amounts": _amounts_of(values["amounts"])})


def tier_of(row: Row, start: int = 0) -> Tier:
    """A tier of the columns `TIER` that begin at `start`."""
    values = _values(row, TIER, start)
    currency = values.pop("currency")
    for name in ("monthly", "yearly"):
        values[name] = None if values[name] is None else Money(values[name], currency)
    return Tier(**values)


def membership_of(row: Row, start: int = 0) -> Membership:
    """A membership of the columns `MEMBERSHIP` that begin at `start`."""
    values = _with_amount(_values(row, MEMBERSHIP, start))
    values |= {
        "interval": Interval(values["interval"]),
        "state": SubscriptionState(values["state"]),
        "cancel_at_period_end": values["cancel_at_period_end"] == 1,
    }
    return Membership(**values)


def membership_values(membership: Membership) -> dict[str, Any]:
    """The columns of a membership."""
    values = msgspec.structs.asdict(membership)
    amount = values.pop("amount")
    texts = {"interval": str(membership.interval), "state": str(membership.state)}
    return values | texts | {"minor": amount.minor, "currency": amount.currency}
