"""Days, spans of time and numbers as a locale writes them, from the Unicode Common Locale Data Repository.

For every locale but English, which the sources are written in: Babel is imported when the first page in
another language is drawn. What is computed once is remembered: twenty microseconds for each number add up.
"""

from __future__ import annotations

import re
import unicodedata
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel.core import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal
from babel.units import format_unit

Unit = Literal["minute", "hour", "day"]
_SECONDS: dict[Unit, int] = {"minute": 60, "hour": 3600, "day": 86_400}
_TEN_THOUSAND = 10_000
_COUNTRY = re.compile("[A-Z]{2}")
_NO_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())
"""Two letters that the repository has a name for and ISO 3166-1 no country."""


@lru_cache(maxsize=4096)
def day(value: date, locale: str, skeleton: str = "yMMMd") -> str:
    """A day by a CLDR skeleton: `yMMMd`, `MMMd` or `yMMM`."""
    return format_skeleton(skeleton, value, locale=locale)


@lru_cache(maxsize=512)
def ago(number: int, unit: Unit, locale: str) -> str:
    """A span of time in little space."""
    return format_timedelta(
        timedelta(seconds=number * _SECONDS[unit]),
        granularity=unit,
        threshold=1,
        format="narrow",
        locale=locale,
    )


@lru_cache(maxsize=4096)
def number(value: int, locale: str) -> str:
    """A whole number with its thousands set apart."""
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=4096)
def money(amount: str, currency: str, locale: str) -> str:
    """An amount as `Money.amount` has it, with the currency as the locale writes it."""
    pattern = copy(Locale.parse(locale).currency_formats["standard"])
    # The digits are those of the amount: the repository has fewer for some currencies.
    digits = len(amount.partition(".")[2])
    pattern.frac_prec = (digits, digits)
    return str(pattern.apply(Decimal(amount), locale, currency=currency, currency_digits=False))


@lru_cache(maxsize=512)
def size(amount: float, unit: str, locale: str) -> str:
    """An amount of a unit of digital information, such as `megabyte`."""
    return format_unit(amount, f"digital-{unit}", length="short", locale=locale)


@lru_cache(maxsize=4096)
def short_number(value: int, locale: str) -> str:
    """A number above 999 in little space, rounded down."""
    step = 10 ** max(0, len(str(value)) - 2)
    places = 1 if value % (1000 ** ((len(str(value)) - 1) // 3)) else 0
    short = format_compact_decimal(value // step * step, locale=locale, fraction_digits=places)
    # Some languages have no short word for thousands.
    return number(value, locale) if short.isdecimal() else short


@lru_cache(maxsize=16)
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """The countries with their codes (ISO 3166-1), in the order of their names."""
    names = Locale.parse(locale).territories
    found = [(code, str(name)) for code, name in names.items() if _COUNTRY.fullmatch(code)]
    return tuple(
        sorted(((code, name) for code, name in found if code not in _NO_COUNTRIES), key=_alphabetical)
    )


def _alphabetical(country: tuple[str, str]) -> str:
    # Å stands with A: near enough for a list that is looked through.
    return (
        unicodedata.normalize("NFD", country[1]).encode("ascii", "ignore").decode().casefold() or country[1]
    )
