"""What a post is worth: each weight counts what it says, and nothing else changes the order."""

from __future__ import annotations

from math import log1p

import msgspec
import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry, Post
from microblog_plugins.ranked.cursors import Place, cursor_of, place_of
from microblog_plugins.ranked.scoring import HOUR, MINUTE, ranked, score
from microblog_plugins.ranked.settings import RankedSettings

NOW = 1_700_000_000_000
ADA, BOB = (Account(id=number, username=name, created_at=0) for number, name in ((1, "ada"), (2, "bob")))
PLAIN = RankedSettings(half_life_hours=2, favourites=0, boosts=0, replies=0, closeness=0)


def entry(number=1, hours=0.0, author=ADA, boosted=None, **counts):
    at = round(NOW - hours * HOUR)
    post = Post(id=number, account_id=author.id, thread_id=number, created_at=at, **counts)
    if boosted is None:
        return Entry(id=number, post=post, author=author)
    by, ago = boosted
    return Entry(
        id=1000 + number, post=post, author=author, boosted_by=by, boosted_at=round(NOW - ago * HOUR)
    )


def of(each, interactions=0, **weights):
    return score(each, interactions, NOW, msgspec.structs.replace(PLAIN, **weights))


def test_a_score_halves_with_each_half_life():
    assert [of(entry(hours=hours)) for hours in (0, 2, 4, -1)] == pytest.approx([1, 0.5, 0.25, 1])


@pytest.mark.parametrize("name", ["favourites", "boosts", "replies"])
def test_each_reaction_counts_what_its_weight_says(name):
    counted = entry(**{f"{name}_count": 3})
    assert of(counted) == 1
    assert of(counted, **{name: 2}) == pytest.approx(1 + log1p(6))
    assert of(entry(hours=2, **{f"{name}_count": 3}), **{name: 2}) == pytest.approx((1 + log1p(6)) / 2)


def test_closeness_counts_what_its_weight_says():
    assert of(entry(), 5) == 1
    assert of(entry(), 5, closeness=0.5) == pytest.approx(1 + log1p(5) / 2)


def test_a_boost_is_as_recent_as_the_boost():
    assert of(entry(hours=40, boosted=(BOB, 2))) == pytest.approx(0.5)


def test_fresh_ones_come_first_by_time_and_the_others_by_score():
    settings = RankedSettings(fresh_minutes=15, favourites=1)
    entries = [
        entry(1, 1, favourites_count=100),
        entry(2, 1),
        entry(3, 5 * MINUTE / HOUR),
        entry(4, 10 * MINUTE / HOUR, favourites_count=100),
    ]
    assert [each.id for each in ranked(entries, {}, NOW, settings)] == [3, 4, 1, 2]


def test_whom_one_has_to_do_with_comes_first_as_author_or_booster():
    settings = RankedSettings(closeness=1)
    alone, near = entry(1, 1), entry(2, 1, BOB)
    brought = entry(3, 2, boosted=(BOB, 1))
    assert [each.post.id for each in ranked([near, alone, brought], {BOB.id: 3}, NOW, settings)] == [3, 2, 1]
    assert [each.post.id for each in ranked([near, alone, brought], {}, NOW, settings)] == [3, 2, 1]
    assert [each.post.id for each in ranked([near, alone, brought], {ADA.id: 3}, NOW, settings)] == [3, 1, 2]


def test_a_post_is_there_once_in_its_best_place():
    first, boost = entry(1, 9), entry(1, 9, boosted=(BOB, 1))
    assert ranked([first, boost], {}, NOW, PLAIN) == [boost]


def test_cursors_name_places_and_are_no_ids():
    place = Place(NOW, 199)
    assert place_of(cursor_of(place)) == place
    assert cursor_of(place).bit_length() == 63
    assert place_of((NOW << 16) | 65_535) is None
    assert place_of(None) is None
