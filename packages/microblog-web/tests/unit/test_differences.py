"""What changed between two texts, by words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microblog_web.differences import PIECES_MAX, differences


def joined(pieces, *kinds):
    return "".join(piece.text for piece in pieces if piece.kind in ("same", *kinds))


def test_words_that_changed_are_named_and_others_stay():
    pieces = differences("The quick fox", "The slow fox!")
    assert pieces == (
        ("same", "The "),
        ("gone", "quick"),
        ("new", "slow"),
        ("same", " fox"),
        ("new", "!"),
    )


@given(st.text(), st.text())
def test_both_texts_can_be_read_from_the_pieces(older, newer):
    pieces = differences(older, newer)
    assert joined(pieces, "gone") == older
    assert joined(pieces, "new") == newer


def test_long_texts_are_compared_as_a_whole():
    older, newer = "a " * PIECES_MAX, "b " * PIECES_MAX
    assert differences(older, newer) == (("gone", older), ("new", newer))
