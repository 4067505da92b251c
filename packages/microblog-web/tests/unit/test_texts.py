"""Small pieces: moments, counts, names, pictures, holes, languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_web import times
from microblog_web.avatars import avatar, initial
from microblog_web.holes import Holes, hole
from microblog_web.languages import check_language

NOW = 1_795_000_000_000


@pytest.mark.parametrize(
    ("ago", "text"),
    [(0, "now"), (59_999, "now"), (60_000, "1m"), (3_600_000, "1h"), (86_400_000, "1d"), (-5, "now")],
)
def test_how_long_ago(ago, text):
    assert times.relative(NOW - ago, NOW) == text


def test_older_than_a_week_is_a_date():
    assert times.relative(0, NOW) == "1 Jan 1970"
    assert times.full(0) == "1 Jan 1970, 00:00 UTC"
    assert times.machine(1000) == "1970-01-01T00:00:01Z"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, ""),
        (-1, ""),
        (7, "7"),
        (999, "999"),
        (1000, "1K"),
        (1249, "1.2K"),
        (12_900, "12K"),
        (3_400_000, "3.4M"),
    ],
)
def test_counts_in_little_space(number, text):
    assert times.count(number) == text


@pytest.mark.parametrize(
    ("name", "letter"), [("ada", "A"), ("🌸 mei", "M"), ("«É»", "É"), ("---", "U"), ("ß", "S")]
)
def test_the_first_letter_of_a_name(name, letter):
    assert initial(Account(id=1, username="u", display_name=name, created_at=0)) == letter


def test_a_picture_is_the_same_each_time_and_escaped():
    account = Account(id=7, username="u", display_name="<script>", created_at=0)
    assert avatar(account) == avatar(account)
    assert "<script" not in avatar(account)
    assert "style=" not in avatar(account)


@given(st.text(), st.text())
def test_nothing_that_people_write_passes_for_a_hole(before, value):
    rendered = f"{before}{hole('name')}{before}"
    assert Holes(rendered).fill({"name": value}) == f"{before}{value}{before}"


@pytest.mark.parametrize("tag", ["", "en", "de", "pt-BR", "zh-Hant"])
def test_language_tags_that_are_taken(tag):
    assert check_language(f" {tag} ") == tag


@pytest.mark.parametrize("tag", ["e", "english language", "en_US", '"><script>', "en-" + "x" * 40])
def test_language_tags_that_are_refused(tag):
    with pytest.raises(Invalid):
        check_language(tag)
