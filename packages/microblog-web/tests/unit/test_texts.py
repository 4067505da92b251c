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
from microblog_web.i18n import direction, explain, isolated
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


@pytest.mark.parametrize(
    ("locale", "date", "hours", "number", "short"),
    [
        ("en", "22 Nov 2026", "3h", "12,345", "12K"),
        ("de", "22. Nov. 2026", "3h", "12.345", "12.345"),
        ("ar", "22 نوفمبر 2026", "3 س", "12,345", "12\xa0ألف"),
    ],
)
def test_moments_and_numbers_are_those_of_the_language(locale, date, hours, number, short):
    at = 1_795_345_205_000 + 2 * times.DAY
    moment = times.moment_words(at, locale)
    assert moment[0].startswith("2026-11-2")
    assert times.date(1_795_345_205_000, locale) == date
    assert times.full(1_795_345_205_000, locale).startswith(date)
    assert times.relative(at, at + 3 * times.HOUR, locale) == hours
    assert times.number(12_345, locale) == number
    assert times.count(12_345, locale) == short


def test_a_name_that_runs_the_other_way_does_not_turn_a_sentence_around():
    assert isolated("ada", "en") == "ada"
    assert isolated("أمل", "en") == "\u2068أمل\u2069"
    assert isolated("ada", "ar") == "\u2068ada\u2069"
    assert (direction("ar"), direction("ar_EG"), direction("de")) == ("rtl", "rtl", "ltr")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Pictures can't be processed now. Try again later.",
            "Bilder können gerade nicht verarbeitet werden. Versuch es später noch einmal.",
        ),
        (
            "A picture is left out: Use a picture of at most 8,000 KB.",
            "Ein Bild ist ausgelassen: Verwende ein Bild von höchstens 8.000 KB.",
        ),
        ("The entry is too long. Nobody knows.", "Der Eintrag ist zu lang. Nobody knows."),
        ("", ""),
    ],
)
def test_errors_one_after_the_other_and_inside_of_each_other_are_translated(said, told):
    assert explain("de", said) == told
    assert explain("en", said) == said


@pytest.mark.parametrize(
    ("size", "english", "german"),
    [
        (0, "0 KB", "0 kB"),
        (1, "1 KB", "1 kB"),
        (1_047_000, "1022 KB", "1.022 kB"),
        (1_048_575, "1 MB", "1 MB"),
        (2_500_000, "2.38 MB", "2,38 MB"),
    ],
)
def test_sizes_have_three_digits_in_a_unit_that_people_read(size, english, german):
    assert times.size(size) == english
    assert times.size(size, "de") == german
