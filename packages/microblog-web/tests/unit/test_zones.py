"""Dates and times of forms in somebody's own time zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from microblog_core.domain.errors import Invalid
from microblog_web.zones import FIRST, SECOND, WHICH, zone_called

BERLIN = zone_called("Europe/Berlin")


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "text", "moment"),
    [
        ("UTC", "2026-01-02T10:30", utc(2026, 1, 2, 10, 30)),
        ("Europe/Berlin", "2026-01-02T10:30", utc(2026, 1, 2, 9, 30)),
        ("Europe/Berlin", "2026-07-02T10:30", utc(2026, 7, 2, 8, 30)),
        ("Asia/Kathmandu", "2026-07-02T10:30", utc(2026, 7, 2, 4, 45)),
        ("Europe/Berlin", "2026-07-02T10:30+00:00", utc(2026, 7, 2, 10, 30)),
    ],
)
def test_a_time_is_meant_in_the_zone_unless_it_says_otherwise(zone, text, moment):
    found = zone_called(zone)
    assert found.moment(text) == moment
    assert found.moment(found.field(moment)) == moment


def test_a_moment_is_shown_with_the_zones_name():
    assert BERLIN.words(utc(2026, 7, 2, 22, 30)) == "3 Jul 2026, 00:30 Europe/Berlin"
    assert BERLIN.moment("  ") is None


def test_a_time_that_never_comes_is_told():
    with pytest.raises(Invalid) as refused:
        BERLIN.moment("2026-03-29T02:30", FIRST)
    assert "does not exist in Europe/Berlin" in refused.value.fields["scheduled_at"]


def test_of_a_time_that_comes_twice_one_has_to_be_chosen():
    first, second = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    with pytest.raises(Invalid) as refused:
        BERLIN.moment("2026-10-25T02:30")
    assert "comes twice in Europe/Berlin" in refused.value.fields[WHICH]
    assert BERLIN.moment("2026-10-25T02:30", FIRST) == first
    assert BERLIN.moment("2026-10-25T02:30", SECOND) == second
    assert [BERLIN.which(at) for at in (first, second, second + 3_600_000)] == [FIRST, SECOND, ""]


@pytest.mark.parametrize("text", ["soon", "9" * 400, "2026-13-01T00:00"])
def test_what_is_no_time_is_told(text):
    with pytest.raises(Invalid) as refused:
        BERLIN.moment(text)
    assert "Use a date and a time" in refused.value.fields["scheduled_at"]


def test_who_chose_no_zone_or_an_unknown_one_has_the_sites():
    assert zone_called("", "Europe/Berlin") == BERLIN
    assert zone_called("Nowhere/Town", "Europe/Berlin") == BERLIN
    assert zone_called("", "Nowhere/../Town").name == "UTC"
