"""When a cron expression is due next: five fields as POSIX has them (crontab, "INPUT FILES"), in a time zone.

Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday); lists, ranges, steps, and names
of months and days; `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Where both days are restricted
either will do. A moment that the clocks skip is due when they have been put forward; one that comes twice is
due the first time, but where every hour is wanted each hour counts.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from microblog_core.domain.errors import ConfigurationError

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
HORIZON_DAYS = 366 * 9
"""After so many days without a match there is none: 29 February comes at least every eight years."""

_MONTHS = tuple("jan feb mar apr may jun jul aug sep oct nov dec".split())
_DAYS = tuple("sun mon tue wed thu fri sat".split())
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)


class Cron(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed expression. `parse_cron` makes it."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    every_hour: bool
    either_day: bool
    zone: ZoneInfo

    def next_after(self, now: int) -> int:
        """The next moment that is due, both in Unix milliseconds. Raises `ConfigurationError` where none
        comes.
        """
        after = datetime.fromtimestamp(now / 1000, UTC)
        today = after.astimezone(self.zone).date()
        # What the clocks skip late in the evening is due the next day.
        for ahead in range(-1, HORIZON_DAYS):
            day = today + timedelta(days=ahead)
            if self._matches(day):
                moments = [each for each in self._moments(day) if each > after]
                if moments:
                    return round(min(moments).timestamp() * 1000)
        raise ConfigurationError("This cron expression never matches a day.")

    def _matches(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either_day else of_month and of_week

    def _moments(self, day: date) -> Iterator[datetime]:
        """The moments of a day, in UTC."""
        for hour in self.hours:
            for minute in self.minutes:
                wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                first = wall.astimezone(UTC)
                exists = first.astimezone(self.zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
                if exists or not self.every_hour:
                    yield first
                if exists and self.every_hour:
                    yield wall.replace(fold=1).astimezone(UTC)


@functools.cache
def parse_cron(expression: str, timezone: str = "UTC") -> Cron:
    """Read an expression. Raises `ConfigurationError` that says which field is wrong, and why."""
    fields = MACROS.get(expression.strip().lower(), expression).split()
    if len(fields) != len(_FIELDS):
        raise ConfigurationError(
            f"The cron expression {expression!r} has {len(fields)} fields instead of five.",
            hint="Write minute, hour, day of the month, month, day of the week, such as '0 7 * * mon-fri'.",
        )
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"The time zone {timezone!r} is not known.",
            hint="Use a name of the IANA database, such as Europe/Berlin; Python's tzdata package has them.",
        ) from error
    minutes, hours, days, months, weekdays = (
        _values(text, *field) for text, field in zip(fields, _FIELDS, strict=True)
    )
    return Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        every_hour=fields[1].startswith("*"),
        either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
        zone=zone,
    )


def _values(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        spread, slash, step = part.partition("/")
        try:
            first, last = _bounds(spread, low, high, names, open_end=bool(slash))
            found.update(range(first, last + 1, int(step) if slash else 1))
        except ValueError as error:
            raise ConfigurationError(
                f"The {name} {part!r} of a cron expression is wrong.",
                hint=f"Use numbers from {low} to {high}: '{low}', '{low}-{high}', '*/2', or a list of them.",
            ) from error
    return frozenset(found)


def _bounds(spread: str, low: int, high: int, names: tuple[str, ...], *, open_end: bool) -> tuple[int, int]:
    if spread == "*":
        return low, high
    start, dash, end = spread.partition("-")
    first = _number(start, low, names)
    last = _number(end, low, names) if dash else high if open_end else first
    if not low <= first <= last <= high:
        raise ValueError(spread)
    return first, last


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    return names.index(text) + low if text in names else int(text)
