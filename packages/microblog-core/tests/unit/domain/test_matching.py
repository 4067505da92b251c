"""Filters meet texts: whole words in any script, nothing of a user's read as an expression, none too slow."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest

from microblog_core.domain.filters import Filter, FilterContext, FilterKeyword, FilterStatus
from microblog_core.domain.matching import Matcher

HOME = FilterContext.HOME


def matcher(*words: str, whole_word: bool = True, **changes) -> Matcher:
    keywords = tuple(
        FilterKeyword(id=number, keyword=word, whole_word=whole_word) for number, word in enumerate(words)
    )
    values = {"title": "t", "context": (HOME,), "keywords": keywords, **changes}
    return Matcher([Filter(id=1, account_id=2, **values)])


def found(text: str, *words: str, whole_word: bool = True) -> tuple[str, ...]:
    matches = matcher(*words, whole_word=whole_word).match((text,), (), HOME, 0)
    return matches[0].keywords if matches else ()


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("tea", "A cup of TEA, please"),
        ("tea", "#tea"),
        ("tea", "tea"),
        ("Straße", "In der STRASSE"),
        ("ＴＥＡ", "tea"),
        ("two words", "two\n  words"),
        ("c++", "I like C++."),
        ("(o.o)", "look (O.O)"),
        ("日本", "日本"),
        ("हिन्दी", "वह हिन्दी है"),
        ("🍵", "a🍵b"),
        ("tea", "steamy tea"),
    ],
)
def test_a_whole_word_is_found(word: str, text: str) -> None:
    assert found(text, word) == (word,)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("tea", "team"),
        ("tea", "steam"),
        ("tea", "tea_pot"),
        ("हि", "हिन्दी"),
        ("हिन", "हिन्दी"),
        ("a.c", "abc"),
        ("a|b", "a"),
        (".*", "anything"),
        ("two words", "two, words"),
        ("tea", ""),
    ],
)
def test_what_is_no_such_word_is_not(word: str, text: str) -> None:
    assert found(text, word) == ()


def test_a_part_of_a_word_is_found_where_that_is_asked_for() -> None:
    assert found("steamy", "tea", whole_word=False) == ("tea",)
    assert found("steamy", "tae", whole_word=False) == ()


def test_all_keywords_that_occur_are_told_as_they_were_written() -> None:
    assert found("cats and dogs", "Cat", "cats", "DOGS", "bird") == ("cats", "DOGS")
    assert found("dogs, cats, dogs", "cats", "dogs") == ("dogs", "cats")


def test_of_keywords_that_overlap_the_longest_is_told() -> None:
    assert found("cats", "Cat", "cats", "c", whole_word=False) == ("cats",)
    assert found("cat", "Cat", "cats", "c") == ("Cat",)


def test_texts_are_looked_through_one_by_one() -> None:
    two = matcher("two words")
    assert two.match(("two", "words"), (), HOME, 0) == ()
    assert two.match(("nothing", "two words"), (), HOME, 0)[0].keywords == ("two words",)


def test_posts_are_found_by_their_ids() -> None:
    named = matcher(statuses=(FilterStatus(id=1, post_id=10), FilterStatus(id=2, post_id=20)))
    (match,) = named.match(("text",), (20, 30), HOME, 0)
    assert (match.keywords, match.post_ids) == ((), (20,))
    assert named.match(("text",), (1,), HOME, 0) == ()


def test_only_filters_of_the_context_that_have_not_expired_match() -> None:
    ends = matcher("tea", expires_at=100)
    assert ends.looks(HOME) and not ends.looks(FilterContext.THREAD)
    assert ends.match(("tea",), (), HOME, 99)
    assert ends.match(("tea",), (), HOME, 100) == ()
    assert ends.match(("tea",), (), FilterContext.THREAD, 0) == ()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("whole_word", [True, False])
def test_what_is_found_is_what_occurs(seed: int, whole_word: bool) -> None:
    chance = random.Random(seed)

    def text(most: int) -> str:
        return "".join(chance.choice("ab.|(\\é_ हि") for _ in range(chance.randint(1, most))).strip() or "a"

    for _ in range(50):
        words, target = [text(4) for _ in range(6)], text(30)
        expected = {word for word in words if plainly(word, target, whole_word=whole_word)}
        told = set(found(target, *words, whole_word=whole_word))
        assert told <= expected
        assert bool(told) == bool(expected)
        for word in expected:
            assert found(target, word, whole_word=whole_word) == (word,)


def plainly(word: str, text: str, *, whole_word: bool) -> bool:
    """Whether a word occurs, said without any expression."""
    word, text = " ".join(word.split()), " ".join(text.split())

    def inside(character: str) -> bool:
        return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"

    for at in range(len(text)):
        before, after = text[at - 1 : at] if at else "", text[at + len(word) :][:1]
        if text.startswith(word, at) and not (
            whole_word
            and (
                (inside(word[0]) and before and inside(before))
                or (inside(word[-1]) and after and inside(after))
            )
        ):
            return True
    return False


@pytest.mark.parametrize(
    "words",
    [
        ["a" * length for length in range(1, 101)],
        ["a" * 50 + chr(0x100 + number) for number in range(500)],
        ["a?" * 25 + "a" * 25, "(a+)+$", "(a|aa)*b", "a" * 99 + "b"],
        [f"word{number}" for number in range(500)],
    ],
)
@pytest.mark.parametrize("whole_word", [True, False])
def test_no_filter_makes_a_post_slow(words: list[str], whole_word: bool) -> None:
    """A page of 40 posts stays well under the time that somebody would notice."""
    hard = matcher(*words, whole_word=whole_word)
    for text in ("a" * 500, "a " * 250, "a\u0316" * 250, "word " * 100):
        started = time.perf_counter()
        hard.match((text,), (), HOME, 0)
        assert time.perf_counter() - started < 0.1
