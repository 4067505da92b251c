"""Who may be paid and for what: payees, tiers, memberships, and until when a member has access.

Amounts are minor units, times Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core.domain.accounts import clean_line, clean_text
from microblog_core.domain.errors import Invalid
from microblog_core.domain.ledger import PAID, Payment
from microblog_core.domain.money import Money, check_currency
from microblog_core.domain.payments import Interval, SubscriptionState

TIERS_MAX = 10
AMOUNTS_MAX = 4
TIER_NAME_LENGTH = 60
TIER_DESCRIPTION_LENGTH = 500
NOTE_LENGTH = 200

LIVE = frozenset({SubscriptionState.PENDING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE})
"""States of memberships that are not over: somebody has one at most with an author."""


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who opted in to being paid, in one currency. `amounts` are tips that are suggested, in minor
    units; without `tips` there are only memberships.
    """

    account_id: int
    currency: str
    tips: bool = True
    amounts: tuple[int, ...] = ()
    updated_at: int

    @property
    def suggestions(self) -> tuple[Money, ...]:
        """The suggested tips."""
        return tuple(Money(minor, self.currency) for minor in self.amounts)


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """What members of an author pay every month or year; one of both is always there, and both are in one
    currency. A retired tier takes
    nobody new, and those who have it keep it at the price that they began with.
    """

    id: int
    account_id: int
    name: str
    description: str = ""
    monthly: Money | None = None
    yearly: Money | None = None
    created_at: int
    retired_at: int | None = None

    def price(self, interval: Interval) -> Money | None:
        """What it costs; None where it isn't offered so."""
        return self.monthly if interval is Interval.MONTH else self.yearly


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's membership of an author: a subscription at one gateway, at the price of its beginning.

    `paid_until` is the end of what was paid, `access_until` the end of access: until then `members` posts are
    seen, whatever the state says. `ended_at` is 0 while it isn't over.
    """

    id: int
    member_id: int
    author_id: int
    tier_id: int
    interval: Interval
    amount: Money
    gateway: str
    gateway_id: str = ""
    redirect_url: str = ""
    state: SubscriptionState = SubscriptionState.PENDING
    country: str = ""
    description: str = ""
    paid_until: int = 0
    access_until: int = 0
    cancel_at_period_end: bool = False
    ended_at: int = 0
    reason: str = ""
    attention: str = ""
    created_at: int
    updated_at: int
    version: int = 1

    @property
    def live(self) -> bool:
        """Whether it is not over."""
        return self.state in LIVE

    def gives_access(self, now: int) -> bool:
        """Whether the member sees what is for members."""
        return self.access_until > now


def entitlement(payments: Iterable[Payment], *, ends: bool, ended_at: int, grace: int) -> tuple[int, int]:
    """(the end of what was paid, the end of access) by a membership's payments.

    A period counts while its payment was not given back as a whole, nor disputed. A renewal may be late by
    `grace` milliseconds; one that isn't to come has no grace, and what was ended before is over then.
    """
    paid_until = max((each.period_end for each in payments if each.state in PAID), default=0)
    if not paid_until:
        return 0, 0
    if ended_at:
        return paid_until, min(paid_until, ended_at)
    return paid_until, paid_until if ends else paid_until + grace


def check_payee(currency: str, amounts: Iterable[int], limits: tuple[int, int]) -> tuple[int, ...]:
    """The suggested tips in order, each once; raises `Invalid` (fields `currency`, `amounts`)."""
    check_currency(currency)
    chosen = tuple(sorted(set(amounts)))
    least, most = limits
    if len(chosen) > AMOUNTS_MAX:
        raise Invalid(fields={"amounts": f"Suggest at most {AMOUNTS_MAX} amounts."})
    if any(not least <= each <= most for each in chosen):
        raise Invalid(
            fields={"amounts": f"Use amounts from {Money(least, currency)} to {Money(most, currency)}."}
        )
    return chosen


def check_tier(name: str, description: str) -> tuple[str, str]:
    """Name and description as they are stored; raises `Invalid` (fields `name`, `description`)."""
    clean, text = clean_line(name), clean_text(description)
    if not clean:
        raise Invalid(fields={"name": "Give the tier a name."})
    if len(clean) > TIER_NAME_LENGTH:
        raise Invalid(fields={"name": f"Use at most {TIER_NAME_LENGTH} characters."})
    if len(text) > TIER_DESCRIPTION_LENGTH:
        raise Invalid(fields={"description": f"Use at most {TIER_DESCRIPTION_LENGTH} characters."})
    return clean, text


def check_note(note: str) -> str:
    """What a payer says to the payee, on one line; raises `Invalid` (field `note`)."""
    clean = clean_line(note)
    if len(clean) > NOTE_LENGTH:
        raise Invalid(fields={"note": f"Use at most {NOTE_LENGTH} characters."})
    return clean
