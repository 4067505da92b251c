"""Words: what a text is found by. One way for every storage, so that all of them find the same.

Case, accents and width make no difference. Scripts that write no spaces between words (Chinese, Japanese,
Thai and so on; Korean, whose words carry particles) become overlapping pairs of characters and the last
character alone, so that any part of such a text can be found: a phrase of pairs, or the beginning of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

WORD_LENGTH = 64
"""Longer words are cut, on both sides."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
# Letters, digits, and the marks that stand within words of scripts from Hebrew to Burmese.
_RUN = re.compile(
    "(?:[^\\W_]|[\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963\u0966-\u109f"
    "\u1780-\u17d3\u3099\u309a])+"
)
_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_ASCII_RUN = re.compile("[a-z0-9]+")


def folded(text: str) -> str:
    """The text without differences of case, accents and width."""
    if text.isascii():
        return text.lower()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", plain).casefold()


def words_of(text: str) -> list[str]:
    """The words of a text in their order, as they are stored. They hold letters, digits and marks only."""
    text = folded(text)
    if text.isascii():
        return [word[:WORD_LENGTH] for word in _ASCII_RUN.findall(text)]
    words: list[str] = []
    for run in _RUN.findall(text):
        for piece in _PIECE.findall(run):
            if is_unspaced(piece):
                words.extend(piece[place : place + 2] for place in range(len(piece)))
            else:
                words.append(piece[:WORD_LENGTH])
    return words


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script that writes no spaces between words."""
    return _IS_UNSPACED.match(word) is not None


def asked_words(text: str) -> tuple[tuple[str, ...], bool]:
    """The words to look for, one after another, and whether the last is only the beginning of one.

    They are those of `words_of`, but for the single character that ends each run of pairs: what is looked for
    may go on there.
    """
    words = words_of(text)
    if len(words) > 1 and len(words[-1]) == 1 and is_unspaced(words[-1]) and len(words[-2]) == 2:
        if words[-2][1] == words[-1]:
            words.pop()
        return tuple(words), False
    return tuple(words), len(words) > 0 and len(words[-1]) == 1 and is_unspaced(words[-1])


NAME_PART = 3
"""The shortest part within a name that it is found by; its beginning is found by any length."""


def name_words(*names: str) -> frozenset[str]:
    """What somebody is found by: each word of these names, and its endings of at least `NAME_PART`
    characters.

    Whatever begins one of them finds it, so any part of a word does.
    """
    found: set[str] = set()
    for word in (word for name in names for word in words_of(name)):
        found.add(word)
        if not is_unspaced(word):
            found.update(word[place:] for place in range(1, len(word) - NAME_PART + 1))
    return frozenset(found)


def follows_in(words: Sequence[str], asked: Sequence[str], *, prefix: bool = False) -> bool:
    """Whether the words stand in a text one after another; with `prefix` the last may go on."""
    length = len(asked)
    for place in range(len(words) - length + 1):
        found = words[place : place + length]
        if all(one == other for one, other in zip(found[:-1], asked[:-1], strict=True)) and (
            found[-1].startswith(asked[-1]) if prefix else found[-1] == asked[-1]
        ):
            return True
    return False
