"""Daily statistics: what a day is, what is counted of it, and what weeks and months make of days.

A day is a date in the site's time zone; it begins at the first moment of that date there and may have 23, 25
or any other number of hours. Figures count what there is of a day: posts and boosts that are public or
unlisted, favourites, follows, sign-ups. What is deleted or taken back is counted no longer, on its day. Who
published, boosted, favourited, followed or logged in was active.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

SLOT = 15 * 60 * 1000
"""Milliseconds of a quarter of an hour: in every time zone days begin at a whole one."""
SETTLED = 10 * 60 * 1000
"""So many milliseconds after its end a day has its last figures: whatever was being written has ended."""
ID_SLACK = 3600 * 1000
"""How far, in milliseconds, the moment in an id may lie from `created_at`."""
WEEK_DAYS = 7
MONTH_DAYS = 30
PEOPLE_DAYS = 400
"""So many days it is kept who was active and logged in when; older days keep their figures about people."""
TOP_TAGS = 10
RANGE_DAYS = 3660
"""The longest range of days that is read at once."""

_EPOCH = date(1970, 1, 1).toordinal()


class TagFigure(msgspec.Struct, frozen=True):
    """A hashtag of a day: public posts that have it, and how many people wrote them."""

    name: str
    uses: int
    people: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted of a day, or of several; `log_ins` are the people who logged in."""

    posts: int = 0
    boosts: int = 0
    favourites: int = 0
    follows: int = 0
    sign_ups: int = 0
    log_ins: int = 0


class Counted(Counts, frozen=True, kw_only=True):
    """A stretch of time as its rows say: counts, who was active (ids of accounts, sorted), top hashtags."""

    people: tuple[int, ...] = ()
    tags: tuple[TagFigure, ...] = ()


class DayFigures(Counts, frozen=True, kw_only=True):
    """A day's figures. `since` and `until` are its bounds and `computed_at` when it was counted, in Unix
    milliseconds; 0 for a day that was not.

    `active` were active on the day, `active_week` and `active_month` on the 7 and 30 days that end with it;
    those are due where `windows_due`.
    """

    day: date
    since: int = 0
    until: int = 0
    computed_at: int = 0
    active: int = 0
    active_week: int = 0
    active_month: int = 0
    tags: tuple[TagFigure, ...] = ()
    windows_due: bool = False

    @property
    def settled(self) -> bool:
        """Whether these are the day's last figures, unless something is deleted."""
        return self.computed_at >= self.until + SETTLED


class Span(Counts, frozen=True, kw_only=True):
    """Sums of a week or a month, from its first to its last day that is known.

    `active` are those of the last day's 7 or 30 days.
    """

    first: date
    last: date
    active: int = 0


class StaleSlot(msgspec.Struct, frozen=True):
    """A quarter of an hour (its beginning, in Unix milliseconds) of which something was taken away, and how
    often.
    """

    at: int
    marks: int


class Windows(msgspec.Struct, frozen=True):
    """Who was active on the 7 and 30 days that end with a day; `version` says what was looked at."""

    day: date
    version: int
    week: int
    month: int


class StatisticsRules(msgspec.Struct, frozen=True):
    """A site's time zone with its name, and whether everybody may read its statistics."""

    zone: tzinfo = UTC
    name: str = "UTC"
    public: bool = True


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name. Raises `LookupError` for one that this machine doesn't know."""
    if name == "UTC":
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise LookupError(name) from error


def day_of(milliseconds: int, zone: tzinfo) -> date:
    """The day of a moment (Unix milliseconds)."""
    return datetime.fromtimestamp(milliseconds // 1000, zone).date()


def start_of(day: date, zone: tzinfo) -> int:
    """The first moment of a day (Unix milliseconds).

    Where clocks skip midnight it is the moment of the skip; where midnight comes twice it is the first one.
    """
    return round(datetime.combine(day, time(), zone).timestamp()) * 1000


def bounds_of(day: date, zone: tzinfo) -> tuple[int, int]:
    """A day's first moment and the next day's."""
    return start_of(day, zone), start_of(day + timedelta(days=1), zone)


def days_between(first: date, last: date) -> Iterator[date]:
    """All days from the first to the last one."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def day_number(day: date) -> int:
    """Days since 1970-01-01, as storages keep days."""
    return day.toordinal() - _EPOCH


def day_from(number: int) -> date:
    """The day of a number."""
    return date.fromordinal(number + _EPOCH)


def top_tags(tags: Iterable[TagFigure]) -> tuple[TagFigure, ...]:
    """The `TOP_TAGS` by people, then uses, then name."""
    return tuple(sorted(tags, key=lambda tag: (-tag.people, -tag.uses, tag.name))[:TOP_TAGS])


def tags_over(days: Iterable[DayFigures]) -> tuple[TagFigure, ...]:
    """The top hashtags of several days, of those that were on top of one: people count once a day."""
    sums: dict[str, tuple[int, int]] = {}
    for day in days:
        for tag in day.tags:
            uses, people = sums.get(tag.name, (0, 0))
            sums[tag.name] = (uses + tag.uses, people + tag.people)
    return top_tags(TagFigure(name, uses, people) for name, (uses, people) in sums.items())


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_of(days: Sequence[DayFigures]) -> tuple[Span, ...]:
    """Days as weeks from Monday on, oldest first."""
    return _spans(days, [week_of(each.day) for each in days], lambda last: last.active_week)


def months_of(days: Sequence[DayFigures]) -> tuple[Span, ...]:
    """Days as months, oldest first."""
    return _spans(days, [each.day.replace(day=1) for each in days], lambda last: last.active_month)


def sums_of(days: Iterable[Counts]) -> Counts:
    """Everything added up. The people who logged in count once a day."""
    sums = dict.fromkeys(Counts.__struct_fields__, 0)
    for day in days:
        for name in sums:
            sums[name] += getattr(day, name)
    return Counts(**sums)


def _spans(
    days: Sequence[DayFigures], keys: Sequence[date], active: Callable[[DayFigures], int]
) -> tuple[Span, ...]:
    groups: dict[date, list[DayFigures]] = {}
    for key, day in zip(keys, days, strict=True):
        groups.setdefault(key, []).append(day)
    return tuple(
        Span(
            first=group[0].day,
            last=group[-1].day,
            active=active(group[-1]),
            **msgspec.structs.asdict(sums_of(group)),
        )
        for group in groups.values()
    )
