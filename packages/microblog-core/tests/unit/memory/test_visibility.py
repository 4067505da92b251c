"""The predicate of visibility, from tables: every level for everybody who may look, alone and in each
listing.
"""

from __future__ import annotations

import pytest

from microblog_core.domain.posts import Mention, Post, Visibility
from microblog_core.memory.visibility import (
    Sight,
    in_home,
    in_listing,
    in_profile,
    in_public,
    in_tag,
    may_see,
    sees_account,
)

AUTHOR, VIEWER, NAMED, BOOSTER, STRANGER = 1, 2, 3, 4, 5
PUBLIC, UNLISTED, FOLLOWERS, MEMBERS, DIRECT = Visibility
BY_AUTHOR = frozenset({AUTHOR})

SIGHTS = {
    "author": Sight(viewer=AUTHOR),
    "follower": Sight(viewer=VIEWER, follows=BY_AUTHOR),
    "named": Sight(viewer=NAMED),
    "stranger": Sight(viewer=STRANGER),
    "anonymous": Sight(),
    "blocked": Sight(viewer=NAMED, follows=BY_AUTHOR, blocked_by=BY_AUTHOR),
    "blocking": Sight(viewer=NAMED, follows=BY_AUTHOR, blocks=BY_AUTHOR),
    "muting": Sight(viewer=NAMED, follows=BY_AUTHOR, mutes=BY_AUTHOR),
    "author suspended": Sight(viewer=NAMED, follows=BY_AUTHOR, hidden=BY_AUTHOR),
}
SEES = {
    "author": {PUBLIC, UNLISTED, FOLLOWERS, MEMBERS, DIRECT},
    "follower": {PUBLIC, UNLISTED, FOLLOWERS},
    "named": {PUBLIC, UNLISTED, FOLLOWERS, DIRECT},
    "stranger": {PUBLIC, UNLISTED},
    "anonymous": {PUBLIC, UNLISTED},
    "blocked": set(),
    "blocking": {PUBLIC, UNLISTED, FOLLOWERS, DIRECT},
    "muting": {PUBLIC, UNLISTED, FOLLOWERS, DIRECT},
    "author suspended": set(),
}
LISTED_FOR = {"author", "follower", "named", "stranger", "anonymous"}
EVERY = [(who, level) for who in SIGHTS for level in Visibility]


def post_of(level: Visibility = PUBLIC, *, author: int = AUTHOR, **more) -> Post:
    values = {"id": 10, "thread_id": 10, "created_at": 0, "mentions": (Mention(NAMED, "named"),), **more}
    return Post(account_id=author, visibility=level, **values)


@pytest.mark.parametrize(("who", "level"), EVERY)
def test_who_sees_a_post_of_each_level(who: str, level: Visibility) -> None:
    sight, post = SIGHTS[who], post_of(level)
    seen = level in SEES[who]
    assert may_see(sight, post) is seen
    assert in_profile(sight, post, replies=True) is seen
    assert in_listing(sight, post) is (seen and who in LISTED_FOR)
    assert in_public(sight, post) is (level is PUBLIC and who in LISTED_FOR)
    assert in_tag(sight, post) is in_public(sight, post)


@pytest.mark.parametrize(("who", "level"), EVERY)
def test_a_boost_is_seen_where_the_boosted_post_is(who: str, level: Visibility) -> None:
    boost = post_of(author=BOOSTER, id=11, boost_of_id=10, mentions=())
    assert may_see(SIGHTS[who], boost, post_of(level)) is (level in SEES[who])
    assert in_listing(SIGHTS[who], boost, post_of(level)) is (level in SEES[who] and who in LISTED_FOR)
    assert not in_tag(SIGHTS[who], boost)


@pytest.mark.parametrize("how", ["blocks", "mutes", "blocked_by", "hidden"])
def test_a_boost_is_not_listed_where_its_booster_is_not(how: str) -> None:
    boost = post_of(author=BOOSTER, id=11, boost_of_id=10, mentions=())
    sight = Sight(viewer=VIEWER, follows=frozenset({AUTHOR, BOOSTER}), **{how: frozenset({BOOSTER})})
    assert not in_listing(sight, boost, post_of())
    assert not in_home(sight, boost, post_of())
    assert in_home(sight, post_of())
    assert may_see(sight, boost, post_of()) is (how in ("blocks", "mutes"))


@pytest.mark.parametrize(("who", "level"), EVERY)
def test_home_shows_what_followers_see_and_who_follows(who: str, level: Visibility) -> None:
    sight = SIGHTS[who]
    near = AUTHOR in sight.follows or sight.viewer == AUTHOR
    expected = near and level in SEES[who] and who in LISTED_FOR and level is not DIRECT
    assert in_home(sight, post_of(level)) is expected


def test_home_shows_direct_posts_of_people_followed_that_name_the_viewer() -> None:
    assert in_home(Sight(viewer=NAMED, follows=BY_AUTHOR), post_of(DIRECT))


@pytest.mark.parametrize(
    ("answered", "shown"), [(AUTHOR, True), (VIEWER, True), (BOOSTER, True), (STRANGER, False)]
)
def test_home_shows_answers_to_people_followed_only(answered: int, shown: bool) -> None:
    sight = Sight(viewer=VIEWER, follows=frozenset({AUTHOR, BOOSTER}))
    answer = post_of(in_reply_to_id=9, in_reply_to_account_id=answered)
    assert in_home(sight, answer) is shown
    boost = post_of(author=BOOSTER, id=11, boost_of_id=10, mentions=())
    assert in_home(sight, boost, answer)


@pytest.mark.parametrize(("answered", "other"), [(AUTHOR, False), (STRANGER, True), (None, False)])
def test_answers_to_others_are_no_part_of_the_public_timeline(answered: int | None, other: bool) -> None:
    answer = post_of(in_reply_to_id=9 if answered else None, in_reply_to_account_id=answered)
    assert in_public(Sight(), answer) is not other
    assert in_profile(Sight(), answer, replies=False) is not other
    assert in_profile(Sight(), answer, replies=True)
    assert in_tag(Sight(), answer)


def test_silenced_people_are_left_out_of_public_listings_only() -> None:
    sight = Sight(viewer=VIEWER, follows=BY_AUTHOR, silenced=BY_AUTHOR)
    assert not in_public(sight, post_of())
    assert not in_tag(sight, post_of())
    assert in_home(sight, post_of())
    assert in_profile(sight, post_of(), replies=False)


def test_accounts_are_shown_unless_hidden_or_blocking_the_viewer() -> None:
    sight = Sight(
        viewer=VIEWER, blocked_by=frozenset({4}), hidden=frozenset({VIEWER, 5}), blocks=frozenset({6})
    )
    assert [sees_account(sight, number) for number in (VIEWER, 4, 5, 6, 7)] == [
        True,
        False,
        False,
        True,
        True,
    ]
