"""Amounts as Stripe counts them (docs.stripe.com/currencies), which is not always as ISO 4217 does."""

from __future__ import annotations

from microblog_core.domain.errors import Declined
from microblog_core.domain.money import Money

_TIMES = {"ISK": 100}
"""Has no minor unit any more, and Stripe still wants two digits, both zero."""
_PARTS = {"MGA": 100}
"""Has a minor unit, and Stripe takes whole ones."""
_NOT_TAKEN = frozenset({"UGX", "UYI"})
"""Stripe's documentation names UGX both among currencies without and with two digits: an error by a factor of
a hundred is no way to find out. UYI is not money that people pay with.
"""


def to_stripe(amount: Money) -> int:
    """The amount as a number for Stripe. Raises `Declined` for one that it can't take."""
    currency = amount.currency
    if currency in _NOT_TAKEN:
        raise Declined(f"Stripe takes no {currency}.")
    if amount.exponent == 3 and amount.minor % 10:
        raise Declined(f"Stripe takes {currency} with two digits: the last one must be 0.")
    if amount.minor % _PARTS.get(currency, 1):
        raise Declined(f"Stripe takes {currency} without a minor unit.")
    return amount.minor * _TIMES.get(currency, 1) // _PARTS.get(currency, 1)


def from_stripe(number: int, currency: str) -> Money:
    """A number of Stripe's as an amount; `currency` in any case."""
    code = currency.upper()
    return Money(number * _PARTS.get(code, 1) // _TIMES.get(code, 1), code)
