"""Moments as people read them: relative for a page drawn now, absolute for one that is kept.

Moments are Unix milliseconds in UTC; people read them in their time zone (`read_in`).
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache

from microblog_core.domain.appearance import zone_named

_zone: ContextVar[str] = ContextVar("zone", default="")
"""The time zone that whoever reads the page of this request wants; each request is a context of its own."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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


def full(at: int) -> str:
    """To the minute, with its time zone: `22 Nov 2026, 18:40 UTC`."""
    moment = _moment(at // 1000)
    return f"{date(at)}, {moment.hour:02}:{moment.minute:02} {moment.tzname()}"


def date(at: int) -> str:
    """The day, which stays true however long the page is kept: `22 Nov 2026`."""
    return date_words(_moment(at // 1000))


def date_words(moment: datetime) -> str:
    """The day of a moment in its own zone: `22 Nov 2026`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def moment_words(at: int) -> tuple[str, str, str]:
    """A moment as `machine`, `full` and `date` have it, remembered for those asked for lately."""
    return _moment_words(at // 1000, _zone.get())


@lru_cache(maxsize=4096)
def _moment_words(seconds: int, zone: str) -> tuple[str, str, str]:
    at = seconds * 1000
    return machine(at), full(at), date(at)


def relative(at: int, now: int) -> str:
    """How long ago for the last week, else the day: `now`, `5m`, `3h`, `2d`, `22 Nov 2026`."""
    passed = now - at
    if passed < MINUTE:
        return "now"
    if passed < HOUR:
        return f"{passed // MINUTE}m"
    if passed < DAY:
        return f"{passed // HOUR}h"
    if passed < WEEK:
        return f"{passed // DAY}d"
    return date(at)


def count(number: int) -> str:
    """A count in little space: `0` is empty, then `999`, `1.2K`, `12K`, `3.4M`."""
    if number < 1000:
        return str(number) if number > 0 else ""
    for unit, suffix in ((1_000_000, "M"), (1000, "K")):
        if number >= unit:
            whole, tenth = divmod(number * 10 // unit, 10)
            return f"{whole}.{tenth}{suffix}" if whole < 10 and tenth else f"{whole}{suffix}"
    return str(number)
