"""What changed between two versions of a text, by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from microblog_core.domain.posts import PostEdit

_PIECES = re.compile(r"\w+|\s+|[^\w\s]")
PIECES_MAX = 3000
"""How many words and signs are compared at most: the time that it takes grows with their square."""


class Piece(NamedTuple):
    """A part of two texts: in both (`same`), only in the older (`gone`) or only in the newer (`new`)."""

    kind: Literal["same", "gone", "new"]
    text: str


class Changes(NamedTuple):
    """How one version of a post differs from the one before: nothing where they are the same. `sensitive` is
    what it became.
    """

    text: tuple[Piece, ...]
    spoiler: tuple[Piece, ...]
    sensitive: bool | None
    pictures: bool


def changes_between(older: PostEdit, newer: PostEdit) -> Changes:
    """What somebody changed."""
    return Changes(
        text=differences(older.text, newer.text) if older.text != newer.text else (),
        spoiler=differences(older.spoiler, newer.spoiler) if older.spoiler != newer.spoiler else (),
        sensitive=newer.sensitive if newer.sensitive != older.sensitive else None,
        pictures=_shown(older) != _shown(newer),
    )


def _shown(edit: PostEdit) -> list[tuple[int, str, object]]:
    return [(each.id, each.description, each.focus) for each in edit.attachments]


def differences(older: str, newer: str) -> tuple[Piece, ...]:
    """The pieces in the order of reading; long texts are compared as a whole."""
    before, after = _PIECES.findall(older), _PIECES.findall(newer)
    if len(before) + len(after) > PIECES_MAX:
        before, after = [older], [newer]
    return tuple(piece for piece in _compared(before, after) if piece.text)


def _compared(before: list[str], after: list[str]) -> Iterator[Piece]:
    for tag, begin, end, start, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[begin:end]))
            continue
        yield Piece("gone", "".join(before[begin:end]))
        yield Piece("new", "".join(after[start:stop]))
