"""Keys, descriptions and focuses of pictures."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import (
    CONTENT_TYPES,
    DESCRIPTION_LENGTH,
    Attachment,
    Focus,
    MediaState,
    check_description,
    check_focus,
    focus_from,
    is_media_key,
    media_key,
    served_type,
    stem_of,
)

STEM = stem_of("0123456789abcdef" * 2)


def test_keys_are_made_of_random_digits_and_a_known_type():
    assert STEM == "01/23456789abcdef0123456789abcdef"
    assert media_key(STEM, "image/jpeg") == f"{STEM}.jpg"
    assert media_key(STEM, "image/webp", preview=True) == f"{STEM}-small.webp"
    with pytest.raises(KeyError):
        media_key(STEM, "text/html")


@pytest.mark.parametrize("digits", ["", "0" * 31, "0" * 33, "g" * 32, "A" * 32, "../" + "0" * 29])
def test_nothing_else_begins_a_key(digits):
    with pytest.raises(ValueError, match="hexadecimal"):
        stem_of(digits)


def test_what_was_uploaded_is_a_key_that_is_never_served():
    original = Attachment(id=1, account_id=2, stem=STEM, created_at=3).original_key
    assert is_media_key(original)
    assert served_type(original) == ""


def test_only_pictures_are_served_and_by_their_own_type():
    for extension, content_type in CONTENT_TYPES.items():
        assert served_type(f"{STEM}.{extension}") == content_type
        assert content_type.startswith("image/")
    for key in (f"{STEM}.svg", f"{STEM}.html", f"{STEM}", f"../{STEM}.png", f"{STEM}.png\n", "x.png"):
        assert served_type(key) == ""


def test_every_file_that_there_may_be_is_known_whenever_a_process_died():
    waiting = Attachment(id=1, account_id=2, stem=STEM, created_at=3)
    keys = waiting.file_keys()
    for content_type in CONTENT_TYPES.values():
        assert media_key(STEM, content_type) in keys
        assert media_key(STEM, content_type, preview=True) in keys
    assert waiting.original_key in keys
    key, small = f"{STEM}.png", f"{STEM}-small.webp"
    ready = Attachment(
        id=1, account_id=2, stem=STEM, created_at=3, state=MediaState.READY, key=key, preview_key=small
    )
    assert ready.file_keys() == (waiting.original_key, waiting.original_preview_key, key, small)


def test_a_description_is_clean_text_of_bounded_length():
    assert check_description("  A cat\r\n\u202eon a mat  ") == "A cat\non a mat"
    assert len(check_description("x" * DESCRIPTION_LENGTH)) == DESCRIPTION_LENGTH
    with pytest.raises(Invalid) as error:
        check_description("x" * (DESCRIPTION_LENGTH + 1))
    assert "description" in error.value.fields


@pytest.mark.parametrize(
    ("text", "focus"),
    [("0,0", (0, 0)), ("-0.5, 1.0", (-0.5, 1)), ("7,-7", (1, -1)), ("0.123456,-0.0", (0.1235, 0))],
)
def test_a_focus_is_read_and_kept_inside(text, focus):
    assert focus_from(text) == Focus(*focus)


@pytest.mark.parametrize("text", ["", "0", "x,y", "1,2,3", "nan,0", "inf,0", "0," + "1" * 100])
def test_what_is_no_focus_is_refused(text):
    with pytest.raises(Invalid) as error:
        focus_from(text)
    assert "focus" in error.value.fields


def test_numbers_that_are_none_are_refused():
    with pytest.raises(Invalid):
        check_focus(Focus(float("nan"), 0.0))
