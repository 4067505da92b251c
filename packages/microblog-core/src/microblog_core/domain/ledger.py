"""A payment of ours: where it stands, which way it may go, and what each step means in the ledger.

The ledger is double-entry: an entry is one step of one payment, and its lines sum to zero. Accounts are
texts: `gateway:<name>` is what a provider has of ours (positive), `author:<account id>` what is owed to an
author (negative), `held:<account id>` what is held back while a payment is disputed (negative). What stands
on them follows from where a payment stands, and an entry is the difference between two such positions: so no
order of steps and no repetition makes a sum wrong. Amounts are minor units, times Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from microblog_core.domain.money import Money
from microblog_core.domain.payments import PaymentState, PaymentStatus, Product

S = PaymentState

STEPS: Mapping[PaymentState, frozenset[PaymentState]] = {
    S.CREATED: frozenset({S.PENDING, S.AUTHORISED, S.CAPTURED, S.FAILED, S.CANCELLED}),
    S.PENDING: frozenset({S.AUTHORISED, S.CAPTURED, S.FAILED, S.CANCELLED}),
    S.AUTHORISED: frozenset({S.CAPTURED, S.FAILED, S.CANCELLED}),
    # Money wins: a payer may pay after everybody gave up.
    S.FAILED: frozenset({S.CAPTURED}),
    S.CANCELLED: frozenset({S.CAPTURED}),
    # A dispute may be lost before anybody has asked.
    S.CAPTURED: frozenset({S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    S.PARTIALLY_REFUNDED: frozenset({S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK}),
    S.DISPUTED: frozenset({S.CAPTURED, S.PARTIALLY_REFUNDED, S.REFUNDED, S.CHARGED_BACK}),
    S.CHARGED_BACK: frozenset({S.CAPTURED, S.PARTIALLY_REFUNDED}),
    S.REFUNDED: frozenset(),
}
"""Which steps there are. Everything else that a gateway says changes nothing."""

MONEY = frozenset({S.CAPTURED, S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED, S.CHARGED_BACK})
"""States of what was taken once."""
PAID = frozenset({S.CAPTURED, S.PARTIALLY_REFUNDED})
"""States of what somebody has: it counts for memberships, and for receipts."""
OPEN = frozenset({S.CREATED, S.PENDING, S.AUTHORISED})
"""States that the reconciler asks about."""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment. `gateway` is the one that was asked, the only one that may know of it; `gateway_id` is empty
    until it has answered. `description` is what the payer is shown, `note` what they say to the payee.

    `attention` is set where an operator must look: the gateway says something that can't be. `sequence` is
    the number of its last entry in the ledger.
    """

    id: int
    payer_id: int
    payee_id: int
    product: Product
    amount: Money
    gateway: str
    gateway_id: str = ""
    redirect_url: str = ""
    state: PaymentState = S.CREATED
    refunded_minor: int = 0
    country: str = ""
    description: str = ""
    note: str = ""
    membership_id: int | None = None
    period_start: int = 0
    period_end: int = 0
    reason: str = ""
    attention: str = ""
    created_at: int
    updated_at: int
    captured_at: int = 0
    sequence: int = 0
    version: int = 1

    @property
    def refundable(self) -> int:
        """How much can still be given back, in minor units."""
        return self.amount.minor - self.refunded_minor if self.state in PAID else 0

    @property
    def refunded(self) -> Money:
        """What was given back."""
        return Money(self.refunded_minor, self.amount.currency)


class Line(msgspec.Struct, frozen=True):
    """What one entry changes on one account, in minor units of the payment's currency."""

    account: str
    minor: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a payment: from where (empty for its beginning) to where, and why. Never changed again.

    `sequence` counts the entries of a payment from 1. `cause` is who said so: `request`, `reconciler`, or a
    webhook's event id after `webhook:`.
    """

    id: int
    payment_id: int
    sequence: int
    before: str
    after: PaymentState
    refunded_minor: int = 0
    cause: str
    at: int
    lines: tuple[Line, ...] = ()


class Balance(msgspec.Struct, frozen=True):
    """What stands on an account in one currency. Owed is negative: see the module."""

    account: str
    currency: str
    minor: int


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as a listing shows it, with the payment that it is about."""

    entry: Entry
    payment: Payment


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """What an author earned in one time bucket: `bucket` is the number of the UTC day (days since 1970), or
    of the month (months since 1970), `minor` what came in without what went back, `payments` how many lines
    brought something.
    """

    bucket: int
    product: Product
    currency: str
    minor: int
    payments: int


def gateway_account(name: str) -> str:
    """The account of what a provider has."""
    return f"gateway:{name}"


def author_account(account_id: int) -> str:
    """The account of what is owed to an author."""
    return f"author:{account_id}"


def held_account(account_id: int) -> str:
    """The account of what is held back from an author."""
    return f"held:{account_id}"


def position(payment: Payment) -> dict[str, int]:
    """What a payment that stands like this has put on the accounts, all in all."""
    left = payment.amount.minor - payment.refunded_minor
    if not left or payment.state not in MONEY - {S.CHARGED_BACK}:
        return {}
    held = payment.state is S.DISPUTED
    whose = held_account(payment.payee_id) if held else author_account(payment.payee_id)
    return {gateway_account(payment.gateway): left, whose: -left}


def lines_between(before: Payment, after: Payment) -> tuple[Line, ...]:
    """The lines of the step from one position to another, by account; they sum to zero."""
    was, is_now = position(before), position(after)
    changes = {account: is_now.get(account, 0) - was.get(account, 0) for account in (*is_now, *was)}
    return tuple(Line(account, minor) for account, minor in sorted(changes.items()) if minor)


def balanced(entries: Iterable[Entry]) -> bool:
    """Whether the lines of each entry sum to zero."""
    return all(sum(line.minor for line in entry.lines) == 0 for entry in entries)


def first_entry(payment: Payment, *, entry_id: int, cause: str) -> Entry:
    """The entry that a payment begins with."""
    return Entry(
        id=entry_id,
        payment_id=payment.id,
        sequence=1,
        before="",
        after=payment.state,
        cause=cause,
        at=payment.created_at,
    )


class Settled(msgspec.Struct, frozen=True):
    """What applying a status makes of a payment: the payment, and the entries of its steps, in order."""

    payment: Payment
    entries: tuple[Entry, ...] = ()


def settle(
    payment: Payment, status: PaymentStatus, *, cause: str, at: int, next_id: Callable[[], int]
) -> Settled:
    """What a gateway's word makes of a payment, as one new version of it, or the same payment where nothing
    changes. `next_id` gives ids for entries.

    Never goes back. What can't be (another amount, less refunded than before, a step that there isn't) is put
    into `attention`, and nothing is credited.
    """
    known = replace(
        payment,
        gateway_id=status.gateway_id or payment.gateway_id,
        redirect_url=status.redirect_url if status.state in OPEN else "",
        reason=status.reason or payment.reason,
        period_start=payment.period_start or status.period_start,
        period_end=payment.period_end or status.period_end,
    )
    steps, doubt = _steps(payment, status)
    after, entries = known, []
    for state, refunded_minor in steps:
        before = after
        after = replace(
            before,
            state=state,
            refunded_minor=refunded_minor,
            sequence=before.sequence + 1,
            captured_at=before.captured_at or (at if state in MONEY else 0),
        )
        entries.append(
            Entry(
                id=next_id(),
                payment_id=payment.id,
                sequence=after.sequence,
                before=before.state,
                after=state,
                refunded_minor=refunded_minor,
                cause=cause,
                at=at,
                lines=lines_between(before, after),
            )
        )
    if after.state in MONEY:
        after = replace(after, reason="")
    # A doubt stays until somebody has looked.
    after = replace(after, attention=doubt or payment.attention)
    if after == payment:
        return Settled(payment)
    return Settled(replace(after, version=payment.version + 1, updated_at=at), tuple(entries))


def _steps(payment: Payment, status: PaymentStatus) -> tuple[list[tuple[PaymentState, int]], str]:
    """The steps to where the gateway says that the payment stands, and what can't be."""
    refunded, target = status.refunded_minor, status.state
    if target in MONEY:
        if status.amount != payment.amount:
            return [], f"The gateway took {status.amount} instead of {payment.amount}."
        if not payment.refunded_minor <= refunded <= payment.amount.minor:
            return [], f"The gateway gave back {refunded} of {payment.amount}."
        target = _named(target, refunded, payment.amount.minor)
    if target is payment.state and refunded == payment.refunded_minor:
        return [], ""
    if target in STEPS[payment.state]:
        return [(target, refunded if target in MONEY else payment.refunded_minor)], ""
    if payment.state not in MONEY and target in MONEY:
        return [(S.CAPTURED, 0), (target, refunded)], ""
    if payment.state in MONEY and (target in MONEY or target is S.FAILED):
        return [], f"The gateway says {target} of a payment that is {payment.state}."
    return [], ""


def _named(state: PaymentState, refunded: int, amount: int) -> PaymentState:
    """The state as its refunds have it: gateways call a refund in part by many names."""
    if state in (S.CAPTURED, S.PARTIALLY_REFUNDED, S.REFUNDED):
        if refunded >= amount:
            return S.REFUNDED
        return S.PARTIALLY_REFUNDED if refunded else S.CAPTURED
    return state


def receipt_number(payment: Payment, year: int) -> str:
    """The number of a payment's receipt: the year in which it was captured, and its id."""
    return f"{year:04d}-{payment.id}"
