"""Daily statistics: counting days, and reading what was counted.

Counting is idempotent: a day's figures are what its rows say, whenever and however often it is counted. Due
are days that were never counted, or in another time zone, or before their end; and those of which something
was taken away since. `docs/decisions/0012-statistics-are-counted-from-rows.md` says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import Actor
from microblog_core.domain.statistics import (
    MONTH_DAYS,
    PEOPLE_DAYS,
    RANGE_DAYS,
    WEEK_DAYS,
    Counts,
    DayFigures,
    StaleSlot,
    bounds_of,
    day_of,
    days_between,
    start_of,
    sums_of,
    week_of,
)
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Operation, PrunePeople, PutDay, PutWindows
from microblog_core.ports.operations.statistics import CACHE_KEY
from microblog_core.ports.statistics import StatisticsReader, statistics_of
from microblog_core.ports.storage import STATISTICS

DAYS_AT_ONCE = 60
STALE_AT_ONCE = 1000
DAYS_COMMITTED = 20
PEOPLE_COMMITTED = 2000
"""What one transaction writes at most, so that others don't wait for it; a busy day is one by itself."""
ACTIVITY_WEEKS = 12
READ = "statistics.read"


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Days without a gap, oldest first; those that were not counted have zeros. `timezone` is an IANA name,
    `computed_at` when the newest figures were counted (Unix milliseconds, 0 for never).
    """

    timezone: str
    computed_at: int
    days: tuple[DayFigures, ...]


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week from Monday on. `since` is its first moment (Unix milliseconds), `active` are people."""

    since: int
    posts: int
    sign_ups: int
    active: int


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How many people were active on the last days, as of the newest day that was counted."""

    active_month: int = 0
    active_week: int = 0


class Recompute(msgspec.Struct, frozen=True, kw_only=True):
    """Which days are to be counted anew, both included."""

    first: date
    last: date


def may_read(ports: Ports, actor: Actor) -> bool:
    """Whether there are statistics for this actor: everybody's, or operators' alone."""
    if STATISTICS not in ports.storage.capabilities:
        return False
    return ports.statistics.public or ports.authoriser.allows(actor, READ)


def today_of(ports: Ports) -> date:
    """The site's date."""
    return day_of(ports.clock.now(), ports.statistics.zone)


async def read_statistics(ports: Ports, actor: Actor, since: date, until: date) -> Statistics:
    """The figures of the days from `since` to `until`, both included.

    Raises `Invalid` (fields `since`, `until`), `NotFound` where there are none for this actor.
    """
    _check_readable(ports, actor)
    if not since <= until:
        raise Invalid(fields={"until": "It ends before it begins."})
    if (until - since).days >= RANGE_DAYS:
        raise Invalid(fields={"since": f"At most {RANGE_DAYS} days are read at once."})
    stored = {each.day: each for each in await statistics_of(ports.storage).days(since, until)}
    return Statistics(
        timezone=ports.statistics.name,
        computed_at=max((each.computed_at for each in stored.values()), default=0),
        days=tuple(stored.get(day) or DayFigures(day=day) for day in days_between(since, until)),
    )


async def read_weeks(ports: Ports, actor: Actor) -> Sequence[Week]:
    """This week and the eleven before it, newest first. Raises `NotFound` as `read_statistics`."""
    _check_readable(ports, actor)
    today = today_of(ports)
    key = f"{CACHE_KEY}:weeks:{today}"
    kept = ports.cache.get(key)
    if isinstance(kept, tuple):
        return kept
    fill = ports.cache.fill()
    weeks = await _weeks(ports, today)
    fill.put(key, weeks, (CACHE_KEY,))
    return weeks


async def _weeks(ports: Ports, today: date) -> tuple[Week, ...]:
    this = week_of(today)
    first = this - timedelta(days=WEEK_DAYS * (ACTIVITY_WEEKS - 1))
    reader = statistics_of(ports.storage)
    stored = {each.day: each for each in await reader.days(first, today)}
    weeks = []
    for number in range(ACTIVITY_WEEKS):
        monday = this - timedelta(days=WEEK_DAYS * number)
        days = [
            stored.get(day) or DayFigures(day=day)
            for day in days_between(monday, min(monday + timedelta(days=WEEK_DAYS - 1), today))
        ]
        # The days that end with Sunday are the week; this week has no Sunday yet.
        active = days[-1].active_week if monday != this else await reader.active(monday, today)
        sums = sums_of(days)
        since = start_of(monday, ports.statistics.zone)
        weeks.append(Week(since=since, posts=sums.posts, sign_ups=sums.sign_ups, active=active))
    return tuple(weeks)


async def read_usage(ports: Ports) -> Usage:
    """Who was active, for what a site says of itself to everybody; zeros where that isn't public."""
    if STATISTICS not in ports.storage.capabilities or not ports.statistics.public:
        return Usage()
    today = today_of(ports)
    key = f"{CACHE_KEY}:usage:{today}"
    kept = ports.cache.get(key)
    if isinstance(kept, Usage):
        return kept
    fill = ports.cache.fill()
    days = await statistics_of(ports.storage).days(today - timedelta(days=1), today)
    usage = Usage(active_month=days[-1].active_month, active_week=days[-1].active_week) if days else Usage()
    fill.put(key, usage, (CACHE_KEY,))
    return usage


@authorised("statistics.manage")
async def recompute(ports: Ports, actor: Actor, command: Recompute) -> int:
    """Count days anew; how many. Days before the first account and after today have nothing to count.

    Raises `Invalid` (field `last`), `NotFound` for a storage without statistics.
    """
    if not command.first <= command.last:
        raise Invalid(fields={"last": "It ends before it begins."})
    span = await counted_span(ports)
    if span is None:
        return 0
    days = list(days_between(max(command.first, span[0]), min(command.last, span[1])))
    reader = statistics_of(ports.storage)
    stored = {each.day: each for each in await reader.days(*span)}
    await _count(ports, days, stored, await reader.stale(STALE_AT_ONCE))
    await _close_windows(ports, *span)
    return len(days)


async def counted_span(ports: Ports) -> tuple[date, date] | None:
    """The first and the last day that there can be figures of; None where there is nothing."""
    begin = await statistics_of(ports.storage).begin()
    if begin is None:
        return None
    today = today_of(ports)
    return min(day_of(begin, ports.statistics.zone), today), today


async def compute(ports: Ports, *, started: int, limit: int = DAYS_AT_ONCE) -> int:
    """Count up to `limit` of the days that are due (the job `statistics.compute`); how many it were.

    `started` (Unix milliseconds) is when the run began of which this is a part: days that have not ended are
    counted once in each. Call it until it returns 0, or some time later.
    """
    span = await counted_span(ports)
    if span is None:
        return 0
    reader = statistics_of(ports.storage)
    stored = {each.day: each for each in await reader.days(*span)}
    stale = await reader.stale(STALE_AT_ONCE)
    due = _due(ports, span, stored, stale, started)[:limit]
    await _count(ports, due, stored, stale)
    await _close_windows(ports, *span)
    if due and len(due) < limit:
        await _prune(ports, span[1])
    return len(due)


def _due(
    ports: Ports,
    span: tuple[date, date],
    stored: Mapping[date, DayFigures],
    stale: Sequence[StaleSlot],
    started: int,
) -> list[date]:
    """What is to be counted: today first, since people look at it, then the others from the oldest on."""
    zone, (first, today) = ports.statistics.zone, span
    due = {day for slot in stale if (day := day_of(slot.at, zone)) <= today}
    for day in days_between(first, today):
        figures = stored.get(day)
        if (
            figures is None
            or (figures.since, figures.until) != bounds_of(day, zone)
            or (not figures.settled and figures.computed_at < started)
        ):
            due.add(day)
    return sorted(due, key=lambda day: (day != today, day))


async def _count(
    ports: Ports, days: Sequence[date], stored: Mapping[date, DayFigures], stale: Sequence[StaleSlot]
) -> None:
    reader, zone = statistics_of(ports.storage), ports.statistics.zone
    slots: dict[date, list[StaleSlot]] = {}
    for slot in stale:
        slots.setdefault(day_of(slot.at, zone), []).append(slot)
    ready: list[PutDay] = []
    for day in days:
        ready.append(await _count_day(ports, reader, day, stored.get(day), tuple(slots.get(day, ()))))
        if len(ready) >= DAYS_COMMITTED or sum(len(each.people or ()) for each in ready) > PEOPLE_COMMITTED:
            await _commit(ports, *ready)
            ready.clear()
    await _commit(ports, *ready)


async def _count_day(
    ports: Ports,
    reader: StatisticsReader,
    day: date,
    before: DayFigures | None,
    stale: tuple[StaleSlot, ...],
) -> PutDay:
    since, until = bounds_of(day, ports.statistics.zone)
    now = ports.clock.now()
    counted = await reader.count(since, until)
    figures = DayFigures(
        day=day,
        since=since,
        until=until,
        computed_at=now,
        active=len(counted.people),
        tags=counted.tags,
        **{name: getattr(counted, name) for name in Counts.__struct_fields__},
    )
    people: tuple[int, ...] | None = counted.people
    if before is not None and _is_forgotten(ports, day):
        figures, people = _with_people_of(before, figures), None
    return PutDay(figures=figures, people=people, counted=stale)


def _is_forgotten(ports: Ports, day: date) -> bool:
    """Whether it is no longer known who was active on the day."""
    return day < today_of(ports) - timedelta(days=PEOPLE_DAYS)


def _with_people_of(before: DayFigures, figures: DayFigures) -> DayFigures:
    return msgspec.structs.replace(
        figures,
        log_ins=before.log_ins,
        active=before.active,
        active_week=before.active_week,
        active_month=before.active_month,
    )


async def _close_windows(ports: Ports, first: date, last: date) -> None:
    """Count who was active on the days up to each day of which that changed."""
    reader = statistics_of(ports.storage)
    due = [each.day for each in await reader.days(first, last) if each.windows_due]
    for number in range(0, len(due), MONTH_DAYS):
        windows = await reader.windows(due[number : number + MONTH_DAYS])
        await _commit(ports, *(PutWindows(windows=each) for each in windows))


async def _prune(ports: Ports, today: date) -> None:
    # The windows of the oldest day that is still counted reach 30 days further back.
    day = today - timedelta(days=PEOPLE_DAYS + MONTH_DAYS)
    await _commit(ports, PrunePeople(day=day, since=start_of(day, ports.statistics.zone)))


async def _commit(ports: Ports, *operations: Operation) -> None:
    if operations:
        unit = ports.unit()
        unit.apply(*operations)
        await unit.commit()


def _check_readable(ports: Ports, actor: Actor) -> None:
    if not may_read(ports, actor):
        raise NotFound("There are no statistics here.")
