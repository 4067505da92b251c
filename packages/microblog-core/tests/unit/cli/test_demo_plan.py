from __future__ import annotations

from collections import Counter
from itertools import islice

from microblog_core.cli.demo_plan import (
    DAY,
    RECENT,
    WEEKS,
    Ids,
    Reaction,
    Written,
    follows,
    life,
    people,
)
from microblog_core.domain.accounts import check_username, confusable_key
from microblog_core.domain.posts import OPEN_VISIBILITIES, Visibility, check_post, narrower

NOW = 1_760_000_000_000


def test_the_same_seed_makes_the_same_site_and_another_seed_another_one():
    first, second, other = people(30, 7), people(30, 7), people(30, 8)
    assert first == second
    assert first != other
    assert follows(first, 5, 7) == follows(second, 5, 7)
    assert list(life(first, 200, 7, NOW)) == list(life(second, 200, 7, NOW))
    assert list(life(first, 200, 7, NOW)) != list(life(first, 200, 8, NOW))


def test_thousands_of_names_are_allowed_and_never_look_alike():
    crowd = people(5000, 1)
    assert all(check_username(person.username) for person in crowd)
    assert len({confusable_key(person.username) for person in crowd}) == 5000


def test_everybody_follows_the_same_number_of_others_and_nobody_themselves():
    pairs = follows(people(120, 1), 50, 1)
    assert Counter(who for who, _ in pairs) == dict.fromkeys(range(120), 50)
    assert all(who != whom for who, whom in pairs)
    assert len(set(pairs)) == len(pairs)


def test_a_few_people_can_not_follow_more_than_there_are():
    assert sorted(follows(people(3, 1), 50, 1)) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]


def test_posts_come_in_order_of_time_within_the_past_weeks_and_can_all_be_published():
    written = [each for each in life(people(50, 1), 2000, 1, NOW) if isinstance(each, Written)]
    assert len(written) == 2000
    moments = [each.at for each in written]
    assert moments == sorted(moments)
    assert moments[0] >= NOW - (WEEKS * 7 + 1) * DAY
    assert moments[-1] < NOW
    for each in written:
        assert check_post(each.text, each.spoiler) == (each.text, each.spoiler)


def test_answers_are_to_earlier_posts_and_no_wider_than_those():
    written = [each for each in life(people(50, 1), 2000, 1, NOW) if isinstance(each, Written)]
    answers = [each for each in written if each.parent is not None]
    assert 300 < len(answers) < 800
    for each in answers:
        parent = written[each.parent]
        assert each.number - RECENT <= parent.number < each.number
        assert narrower(each.visibility, parent.visibility) == each.visibility


def test_direct_posts_name_somebody_and_only_open_posts_are_boosted_once_by_others():
    happenings = list(life(people(50, 1), 2000, 1, NOW))
    written = [each for each in happenings if isinstance(each, Written)]
    reactions = [each for each in happenings if isinstance(each, Reaction)]
    assert all(each.named for each in written if each.visibility is Visibility.DIRECT)
    assert {each.kind for each in reactions} == {"boost", "favourite"}
    for each in reactions:
        assert written[each.number].visibility in OPEN_VISIBILITIES
        assert written[each.number].author == each.author != each.person
    assert len({(each.kind, each.person, each.number) for each in reactions}) == len(reactions)


def test_ids_grow_even_within_one_millisecond():
    import random

    ids = Ids(random.Random(1))
    given = list(islice((ids.at(NOW) for _ in range(5000)), 5000))
    assert given == sorted(set(given))
