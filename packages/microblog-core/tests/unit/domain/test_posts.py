"""Posts: lengths, levels, names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.errors import Invalid
from microblog_core.domain.posts import (
    OPEN_VISIBILITIES,
    POST_LENGTH,
    SPOILER_LENGTH,
    Mention,
    Visibility,
    check_post,
    check_visibility,
    narrower,
)

LEVELS = st.sampled_from(Visibility)


@given(st.text(), st.text())
def test_a_post_is_clean_and_short_or_refused_with_what_to_change(text: str, spoiler: str) -> None:
    try:
        cleaned, warning = check_post(text, spoiler)
    except Invalid as invalid:
        return _names_only(invalid, "text", "spoiler")
    else:
        assert cleaned == cleaned.strip()
        assert cleaned
        assert len(cleaned) + len(warning) <= POST_LENGTH
        assert len(warning) <= SPOILER_LENGTH
        assert "\n" not in warning
        assert check_post(cleaned, warning) == (cleaned, warning)


def _names_only(invalid: Invalid, *fields: str) -> None:
    assert invalid.fields.keys() <= set(fields)
    assert all(invalid.fields.values())


def test_the_limit_counts_characters_of_text_and_warning_together() -> None:
    assert check_post("é" * POST_LENGTH, "") == ("é" * POST_LENGTH, "")
    assert check_post("x" * 7, "abc", limit=10) == ("x" * 7, "abc")
    with pytest.raises(Invalid) as invalid:
        check_post("x" * 8, "abc", limit=10)
    assert invalid.value.fields == {"text": "Use at most 10 characters; these are 11."}


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\u202e", "\x00", "\u200b", "\u200d\u200c", "\u3164", "\u2800 \ufe0f", "\u0301"]
)
def test_nothing_visible_is_no_post(text: str) -> None:
    with pytest.raises(Invalid) as invalid:
        check_post(text, "")
    assert invalid.value.fields == {"text": "Write something first."}


def test_a_warning_that_is_too_long_names_its_field() -> None:
    with pytest.raises(Invalid) as invalid:
        check_post("x", "y" * (SPOILER_LENGTH + 1))
    assert list(invalid.value.fields) == ["spoiler"]


@given(LEVELS, LEVELS, LEVELS)
def test_the_narrower_level_is_the_same_whichever_way_one_asks(
    a: Visibility, b: Visibility, c: Visibility
) -> None:
    assert narrower(a, b) is narrower(b, a)
    assert narrower(a, b) in (a, b)
    assert narrower(a, a) is a
    assert narrower(a, narrower(b, c)) is narrower(narrower(a, b), c)


def test_levels_are_ordered_from_everybody_to_those_named() -> None:
    for wider, closer in zip(Visibility, list(Visibility)[1:], strict=False):
        assert narrower(wider, closer) is closer
    assert list(OPEN_VISIBILITIES) == [Visibility.PUBLIC, Visibility.UNLISTED]


def test_levels_are_read_from_the_wire_exactly() -> None:
    assert [check_visibility(str(level)) for level in Visibility] == list(Visibility)
    for text in ("", "Public", "private", "public "):
        with pytest.raises(Invalid) as invalid:
            check_visibility(text)
        assert "followers" in invalid.value.fields["visibility"]


def test_a_mention_is_called_by_its_whole_name() -> None:
    assert Mention(1, "ada").acct == "ada"
    assert Mention(1, "ada", "example.org").acct == "ada@example.org"
