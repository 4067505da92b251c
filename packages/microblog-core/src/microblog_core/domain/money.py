"""Money: an amount in minor units of its currency (cents, yen, fils), how it is written and how it is
read.
"""

from __future__ import annotations

import re

import msgspec

from microblog_core.domain.errors import Invalid

_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
EXPONENTS = {code: digits for digits, codes in _EXPONENTS.items() for code in codes.split()}
"""Minor-unit digits of currencies that do not have two (ISO 4217)."""

MOST_MINOR = 10**12
"""No single amount is as large as this, in minor units."""

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'\u2019]")
_AMOUNT = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,6}))?")
_GROUPED = re.compile(r"[0-9]{1,3}(?P<mark>[.,])(?:[0-9]{3}(?P=mark))*[0-9]{3}")


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units of an ISO 4217 currency."""

    minor: int
    currency: str

    @property
    def exponent(self) -> int:
        """How many digits the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD."""
        return exponent_of(self.currency)

    @property
    def amount(self) -> str:
        """The number alone, with the currency's own digits and a point: `12.34`, `1234`, `1.234`."""
        sign, digits = ("-" if self.minor < 0 else ""), self.exponent
        whole, part = divmod(abs(self.minor), 10**digits)
        return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def exponent_of(currency: str) -> int:
    """How many digits the minor unit of a currency has."""
    return EXPONENTS.get(currency, 2)


def is_currency(text: str) -> bool:
    """Whether this is written as a currency: three capital letters."""
    return len(text) == 3 and text.isascii() and text.isupper() and text.isalpha()


def is_country(text: str) -> bool:
    """Whether this is written as a country: two capital letters (ISO 3166-1)."""
    return len(text) == 2 and text.isascii() and text.isupper() and text.isalpha()


def check_currency(currency: str) -> str:
    """Return it; raises `Invalid` with the field `currency` for anything but three capital letters."""
    if not is_currency(currency):
        raise Invalid(fields={"currency": "Use a three-letter code such as EUR."})
    return currency


def check_money(minor: int, currency: str) -> Money:
    """Return an amount above zero in a three-letter currency; raises `Invalid` with the field `amount` or
    `currency`.
    """
    check_currency(currency)
    if not 0 < minor < MOST_MINOR:
        raise Invalid(fields={"amount": "Use an amount above zero."})
    return Money(minor, currency)


def parse_amount(text: str, currency: str) -> Money:
    """Read an amount as people type it: `12,50`, `12.50`, `1 200`, `1.200,50`.

    A comma and a point are the same where there is one of them; where there are both, the last one is the
    decimal mark. What could be either is asked for again and never guessed: `1.200` is refused in euros, for
    it has more digits than the currency, and so is `1,5` in yen; `1,200` yen can only be one thing.
    Raises `Invalid` with the field `amount` or `currency`.
    """
    check_currency(currency)
    digits = exponent_of(currency)
    match = _AMOUNT.fullmatch(_ungrouped(_SPACES.sub("", text), digits))
    if match is None:
        raise Invalid(fields={"amount": f"Write an amount like {Money(5 * 10**digits, currency).amount}."})
    whole, part = match[1], match[2] or ""
    if len(part) > digits:
        raise Invalid(fields={"amount": _too_many_digits(currency, digits)})
    return check_money(int(whole + part.ljust(digits, "0")), currency)


def _ungrouped(text: str, digits: int) -> str:
    """Without the marks between thousands, where they can't be decimal marks."""
    last = max(text.rfind("."), text.rfind(","))
    whole, rest = text[: max(last, 0)], text[last:] if last > 0 else text
    if _GROUPED.fullmatch(whole) and rest[0] not in whole:
        return re.sub("[.,]", "", whole) + rest
    if _GROUPED.fullmatch(text) and (text.count(text[last]) > 1 or not digits):
        return re.sub("[.,]", "", text)
    return text


def _too_many_digits(currency: str, digits: int) -> str:
    if not digits:
        return f"{currency} has no smaller unit: write an amount without decimals."
    return f"{currency} has {digits} digits after the decimal mark."
