"""Days in time zones: where they begin, wherever clocks are changed; what weeks and months make of them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.statistics import (
    SLOT,
    DayFigures,
    TagFigure,
    bounds_of,
    day_from,
    day_number,
    day_of,
    months_of,
    start_of,
    sums_of,
    tags_over,
    week_of,
    weeks_of,
    zone_of,
)

HOUR = 3600 * 1000
ZONES = sorted(zone for zone in zoneinfo.available_timezones() if not zone.startswith(("right", "posix")))


def at(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", "2026-03-29", "2026-03-29T00:00+00:00", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00+00:00", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00+00:00", 25),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00+00:00", 23),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00+00:00", 24.5),
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15+00:00", 24),
        # Midnight is skipped, comes twice, and a day that never was.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00+00:00", 23),
        ("America/Havana", "2025-11-02", "2025-11-02T04:00+00:00", 25),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00+00:00", 0),
    ],
)
def test_a_day_begins_at_its_first_moment_there(zone, day, begins, hours):
    since, until = bounds_of(date.fromisoformat(day), zone_of(zone))
    assert (since, until - since) == (at(begins), hours * HOUR)


@given(zone=st.sampled_from(ZONES), moment=st.integers(0, 4_000_000_000_000))
def test_every_moment_is_within_the_bounds_of_its_day(zone, moment):
    there = zone_of(zone)
    since, until = bounds_of(day_of(moment, there), there)
    assert since <= moment < until


@given(zone=st.sampled_from(ZONES), day=st.dates(date(1990, 1, 1), date(2037, 12, 31)))
def test_days_begin_at_a_whole_quarter_of_an_hour(zone, day):
    assert start_of(day, zone_of(zone)) % SLOT == 0


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc/passwd", "/etc/passwd", "Europe", "x\0"])
def test_a_zone_that_nobody_knows_is_a_lookup_error(name):
    with pytest.raises(LookupError):
        zone_of(name)


def test_utc_needs_no_database():
    assert zone_of("UTC") is UTC


@given(day=st.dates())
def test_a_day_and_its_number(day):
    assert day_from(day_number(day)) == day
    assert day_number(date(1970, 1, 2)) == 1


def figures(first, count):
    begin = date.fromisoformat(first)
    return [
        DayFigures(
            day=begin + timedelta(days=number),
            posts=number,
            follows=1,
            active_week=100 + number,
            active_month=200 + number,
        )
        for number in range(count)
    ]


def test_weeks_begin_on_monday_and_months_on_the_first():
    assert week_of(date(2026, 11, 26)) == date(2026, 11, 23) == week_of(date(2026, 11, 23))
    days = figures("2026-10-29", 10)
    weeks = weeks_of(days)
    assert [(week.first.isoformat(), week.last.isoformat()) for week in weeks] == [
        ("2026-10-29", "2026-11-01"),
        ("2026-11-02", "2026-11-07"),
    ]
    assert [(week.posts, week.follows, week.active) for week in weeks] == [(6, 4, 103), (39, 6, 109)]
    assert [(month.posts, month.active) for month in months_of(days)] == [(3, 202), (42, 209)]
    assert sums_of(days).posts == 45
    assert weeks_of([]) == months_of([]) == ()


def test_the_top_hashtags_of_several_days_are_by_people_uses_and_name():
    days = [
        DayFigures(day=date(2026, 1, 1), tags=(TagFigure("tea", 5, 1), TagFigure("cats", 1, 1))),
        DayFigures(day=date(2026, 1, 2), tags=(TagFigure("cats", 1, 1), TagFigure("art", 5, 1))),
    ]
    assert tags_over(days) == (TagFigure("cats", 2, 2), TagFigure("art", 5, 1), TagFigure("tea", 5, 1))
