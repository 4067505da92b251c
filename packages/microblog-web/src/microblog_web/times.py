"""Moments, counts and amounts of money as people read them in their language: moments relative for a page
drawn now, absolute for one that is kept.

Moments are Unix milliseconds in UTC; people read them in their time zone (`read_in`). English is written
here, other locales by `localising`.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from datetime import date as calendar_date
from functools import lru_cache
from types import ModuleType

from microblog_core.domain.appearance import zone_named
from microblog_core.domain.money import Money
from microblog_web.i18n import DEFAULT, translations

_zone: ContextVar[str] = ContextVar("zone", default="")
"""The time zone that whoever reads the page of this request wants; each request is a context of its own."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WEEK = 7 * DAY


def read_in(zone: str) -> None:
    """Tell in which time zone the page of this request is read: an IANA name, empty for UTC."""
    _zone.set(zone)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, zone_named(_zone.get()))


def machine(at: int) -> str:
    """For `<time datetime>`: `2026-11-22T18:40:05Z`."""
    return f"{datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19]}Z"


def full(at: int, locale: str = DEFAULT) -> str:
    """To the minute, with its time zone: `22 Nov 2026, 18:40 UTC`."""
    moment = _moment(at // 1000)
    comma = "، " if locale.startswith("ar") else ", "
    return f"{date(at, locale)}{comma}{moment.hour:02}:{moment.minute:02} {moment.tzname()}"


def date(at: int, locale: str = DEFAULT) -> str:
    """The day, which stays true however long the page is kept: `22 Nov 2026`."""
    return date_words(_moment(at // 1000), locale)


def date_words(moment: datetime, locale: str = DEFAULT) -> str:
    """The day of a moment in its own zone: `22 Nov 2026`."""
    if locale == DEFAULT:
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return str(_elsewhere().day(moment.date(), locale))


def day_and_month(day: calendar_date, locale: str = DEFAULT) -> str:
    """A day of a year that is known: `22 Nov`."""
    if locale == DEFAULT:
        return f"{day.day} {_MONTHS[day.month - 1]}"
    return str(_elsewhere().day(day, locale, "MMMd"))


def month_and_year(day: calendar_date, locale: str = DEFAULT) -> str:
    """The month of a day: `Nov 2026`."""
    if locale == DEFAULT:
        return f"{_MONTHS[day.month - 1]} {day.year}"
    return str(_elsewhere().day(day, locale, "yMMM"))


def moment_words(at: int, locale: str = DEFAULT) -> tuple[str, str, str]:
    """A moment as `machine`, `full` and `date` have it, remembered for those asked for lately."""
    return _moment_words(at // 1000, _zone.get(), locale)


@lru_cache(maxsize=4096)
def _moment_words(seconds: int, zone: str, locale: str) -> tuple[str, str, str]:
    at = seconds * 1000
    return machine(at), full(at, locale), date(at, locale)


def relative(at: int, now: int, locale: str = DEFAULT) -> str:
    """How long ago for the last week, else the day: `now`, `5m`, `3h`, `2d`, `22 Nov 2026`."""
    passed = now - at
    if passed < MINUTE:
        return translations(locale).gettext("now")
    if passed >= WEEK:
        return date(at, locale)
    unit, span = ("minute", MINUTE) if passed < HOUR else ("hour", HOUR) if passed < DAY else ("day", DAY)
    if locale == DEFAULT:
        return f"{passed // span}{unit[0]}"
    return str(_elsewhere().ago(passed // span, unit, locale))


def number(value: int, locale: str = DEFAULT) -> str:
    """A whole number with its thousands set apart: `12,345`."""
    return f"{value:,}" if locale == DEFAULT else str(_elsewhere().number(value, locale))


def size(value: int, locale: str = DEFAULT) -> str:
    """Bytes in a unit that people read, three digits of it: `3 KB`, `2.4 MB`."""
    names = ((1 << 30, "GB", "gigabyte"), (1 << 20, "MB", "megabyte"), (1 << 10, "KB", "kilobyte"))
    # What would be rounded to 1,024 of a unit is one of the next.
    unit, name, word = next((each for each in names if value >= each[0] - each[0] // 2048), names[-1])
    # Whatever there is, it is more than nothing.
    amount = max(value / unit, 1) if value else 0
    amount = round(amount, 2 if amount < 10 else 1 if amount < 100 else 0)
    return f"{amount:g} {name}" if locale == DEFAULT else str(_elsewhere().size(amount, word, locale))


SYMBOLS = {"BRL": "R$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "USD": "$"}


def money(amount: Money, locale: str = DEFAULT) -> str:
    """An amount with the digits of its currency: `€1,234.50`, `¥1,234`, `KWD 1.234`."""
    if locale != DEFAULT:
        return str(_elsewhere().money(amount.amount, amount.currency, locale))
    sign, number = ("-", amount.amount[1:]) if amount.minor < 0 else ("", amount.amount)
    whole, point, part = number.partition(".")
    return f"{sign}{SYMBOLS.get(amount.currency) or amount.currency + NO_BREAK}{int(whole):,}{point}{part}"


def countries(locale: str = DEFAULT) -> tuple[tuple[str, str], ...]:
    """The countries with their two-letter codes, in the order of their names. Asked for on few pages, so that
    English has no list of its own.
    """
    found: tuple[tuple[str, str], ...] = _elsewhere().countries(locale)
    return found


def count(number: int, locale: str = DEFAULT) -> str:
    """A count in little space: `0` is empty, then `999`, `1.2K`, `12K`, `3.4M`."""
    if number < 1000:
        return str(number) if number > 0 else ""
    if locale != DEFAULT:
        return str(_elsewhere().short_number(number, locale))
    for unit, suffix in ((1_000_000, "M"), (1000, "K")):
        if number >= unit:
            whole, tenth = divmod(number * 10 // unit, 10)
            return f"{whole}.{tenth}{suffix}" if whole < 10 and tenth else f"{whole}{suffix}"
    return str(number)


def _elsewhere() -> ModuleType:
    from microblog_web import localising

    return localising
