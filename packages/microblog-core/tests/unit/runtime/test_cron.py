"""When cron expressions are due, also on the days when the clocks change."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from microblog_core.domain.errors import ConfigurationError
from microblog_core.runtime.cron import parse_cron


def at(text, zone="UTC", fold=0):
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1000)


def runs(expression, zone, since, count):
    cron, now, found = parse_cron(expression, zone), at(since, zone), []
    for _ in range(count):
        now = cron.next_after(now)
        found.append(datetime.fromtimestamp(now / 1000, ZoneInfo(zone)).strftime("%m-%d %H:%M%z"))
    return found


@pytest.mark.parametrize(
    ("expression", "now", "due"),
    [
        ("* * * * *", "2026-11-26 10:00", "2026-11-26 10:01"),
        ("*/15 * * * *", "2026-11-26 10:00", "2026-11-26 10:15"),
        ("5/20 * * * *", "2026-11-26 10:46", "2026-11-26 11:05"),
        ("0 7 * * mon-fri", "2026-11-27 07:00", "2026-11-30 07:00"),
        ("30 6,18 * * *", "2026-11-26 06:30", "2026-11-26 18:30"),
        ("0 0 31 * *", "2026-11-26 10:00", "2026-12-31 00:00"),
        ("0 0 29 feb *", "2026-11-26 10:00", "2028-02-29 00:00"),
        ("0 0 13 * 5", "2026-11-26 10:00", "2026-11-27 00:00"),
        ("0 0 1-7 * *", "2026-11-26 10:00", "2026-12-01 00:00"),
        ("0 12 * * 7", "2026-11-26 10:00", "2026-11-29 12:00"),
        ("0 12 * * sun", "2026-11-29 12:00", "2026-12-06 12:00"),
        ("@hourly", "2026-11-26 10:00", "2026-11-26 11:00"),
        ("@daily", "2026-11-26 10:00", "2026-11-27 00:00"),
        ("@weekly", "2026-11-26 10:00", "2026-11-29 00:00"),
        ("@monthly", "2026-12-01 00:00", "2027-01-01 00:00"),
        ("@yearly", "2026-11-26 10:00", "2027-01-01 00:00"),
    ],
)
def test_the_next_moment_is_the_first_that_matches(expression, now, due):
    assert parse_cron(expression).next_after(at(now)) == at(due)


def test_milliseconds_count():
    assert parse_cron("0 7 * * *").next_after(at("2026-11-26 07:00") - 1) == at("2026-11-26 07:00")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("expression", ["30 2 * * *", "0 2 * * *", "15 1 * * *", "45 23 * * *"])
def test_a_daily_run_comes_once_a_day_over_a_year_with_both_changes(zone, expression):
    cron, now = parse_cron(expression, zone), at("2026-01-01 00:00", zone)
    days = []
    for _ in range(365):
        now = cron.next_after(now)
        days.append(datetime.fromtimestamp(now / 1000, ZoneInfo(zone)).date())
    assert all(later - day == timedelta(days=1) for day, later in itertools.pairwise(days))


def test_a_skipped_moment_is_due_once_the_clocks_are_forward_and_a_double_one_the_first_time():
    berlin = "Europe/Berlin"
    assert runs("30 2 * * *", berlin, "2026-03-28 12:00", 2) == ["03-29 03:30+0200", "03-30 02:30+0200"]
    assert runs("30 2 * * *", berlin, "2026-10-24 12:00", 2) == ["10-25 02:30+0200", "10-26 02:30+0100"]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
def test_every_hour_means_every_hour_on_the_clock_however_it_is_changed(zone):
    cron = parse_cron("*/30 * * * *", zone)
    for begin in ("2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31"):
        now = at(f"{begin} 12:00", zone)
        for _ in range(96):
            later = cron.next_after(now)
            assert later - now == 30 * 60_000, datetime.fromtimestamp(now / 1000, UTC)
            now = later


@pytest.mark.parametrize(
    ("expression", "zone", "says"),
    [
        ("0 7 * *", "UTC", "4 fields"),
        ("60 7 * * *", "UTC", "minute '60'"),
        ("0 24 * * *", "UTC", "hour '24'"),
        ("0 7 0 * *", "UTC", "day of the month '0'"),
        ("0 7 * foo *", "UTC", "month 'foo'"),
        ("0 7 * * 8", "UTC", "day of the week '8'"),
        ("0 9-7 * * *", "UTC", "hour '9-7'"),
        ("*/0 * * * *", "UTC", "minute '\\*/0'"),
        ("0 7 * * *", "Mars/Olympus", "time zone"),
        ("0 7 * * *", "../etc/passwd", "time zone"),
    ],
)
def test_what_is_wrong_is_said(expression, zone, says):
    with pytest.raises(ConfigurationError, match=says):
        parse_cron(expression, zone)


def test_a_day_that_never_comes_is_said():
    with pytest.raises(ConfigurationError, match="never"):
        parse_cron("0 0 30 2 *").next_after(0)
