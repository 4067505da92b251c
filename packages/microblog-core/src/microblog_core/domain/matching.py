"""Filters made ready to be asked about many posts: one regular expression for each filter.

The expression is a tree of all keywords, so that the time it takes hardly grows with their number, and holds
nothing of a user's but escaped characters: at each place of a text it looks at most as far as the longest
keyword goes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from microblog_core.domain.filters import Filter, FilterContext, FilterKeyword, FilterMatch

_NO_LETTERS = re.compile(r"[^\x00-\x7f\w\s]")
_BEFORE, _AFTER = r"(?<!\w)", r"(?!\w)"
"""Borders of words."""
_MARKED = "\u01bb"
"""A letter that hardly any text has, in place of what begins a mark."""


def folded(text: str) -> str:
    """A text as it is compared: compatible characters are the same (NFKC), case and kinds of space don't
    count.

    Marks are written as letters: they belong to words, and Python's expressions don't say so of them.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return plain if plain.isascii() else _NO_LETTERS.sub(_as_letters, plain)


def _as_letters(match: re.Match[str]) -> str:
    character = match[0]
    return f"{_MARKED}{ord(character):x}" if unicodedata.category(character)[0] == "M" else character


def _borders(keyword: FilterKeyword, word: str) -> tuple[bool, bool]:
    """Whether the folded keyword must begin and end at a border: it is a whole word, and ends within one."""
    return (
        keyword.whole_word and re.match(r"\w", word) is not None,
        keyword.whole_word and re.search(r"\w\Z", word) is not None,
    )


def _tree(words: Iterable[str]) -> str:
    """An expression for the longest of these words that looks at each of their common beginnings once."""
    root: dict[str, Any] = {}
    for word in words:
        node = root
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(root)


def _branches(node: Mapping[str, Any]) -> str:
    below = [
        re.escape(character) + _branches(further) for character, further in sorted(node.items()) if character
    ]
    if not below:
        return ""
    if "" in node:
        return f"(?:{'|'.join(below)})?"
    return below[0] if len(below) == 1 else f"(?:{'|'.join(below)})"


class _Keywords:
    """All keywords of a filter as one expression: a group for each way to ask for borders."""

    def __init__(self, keywords: Iterable[FilterKeyword]) -> None:
        groups: dict[tuple[bool, bool], dict[str, str]] = {}
        for keyword in keywords:
            if word := folded(keyword.keyword):
                groups.setdefault(_borders(keyword, word), {}).setdefault(word, keyword.keyword)
        self._written = list(groups.values())
        parts = [
            (_BEFORE if left else "") + f"({_tree(words)})" + (_AFTER if right else "")
            for (left, right), words in groups.items()
        ]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def found(self, text: str) -> tuple[str, ...]:
        """The keywords in a folded text as they were written, each once; of those that overlap, one."""
        if self._pattern is None:
            return ()
        matches = self._pattern.finditer(text)
        return tuple(dict.fromkeys(self._written[(match.lastindex or 1) - 1][match[0]] for match in matches))


class _Compiled:
    """A filter with its expression."""

    def __init__(self, made: Filter) -> None:
        self.filter = made
        self._keywords = _Keywords(made.keywords)
        self._posts = frozenset(each.post_id for each in made.statuses)

    def match(self, text: str, post_ids: Iterable[int]) -> FilterMatch | None:
        named = tuple(post_id for post_id in post_ids if post_id in self._posts)
        found = self._keywords.found(text)
        if not named and not found:
            return None
        return FilterMatch(filter=self.filter, keywords=found, post_ids=named)


class Matcher:
    """All filters of one account, by where they look."""

    def __init__(self, filters: Iterable[Filter]) -> None:
        compiled = [_Compiled(made) for made in filters]
        self._by_context = {
            context: tuple(each for each in compiled if context in each.filter.context)
            for context in FilterContext
        }

    def looks(self, context: FilterContext) -> bool:
        """Whether there is any filter for this context."""
        return bool(self._by_context[context])

    def match(
        self, texts: Iterable[str], post_ids: Iterable[int], context: FilterContext, now: int
    ) -> tuple[FilterMatch, ...]:
        """The filters of a context that match a post with these texts and ids, at `now` (Unix
        milliseconds).
        """
        active = [each for each in self._by_context[context] if each.filter.active(now)]
        if not active:
            return ()
        # No keyword holds a line end, so none is found across the border of two texts.
        text, ids = "\n".join(map(folded, texts)), tuple(post_ids)
        return tuple(match for each in active if (match := each.match(text, ids)) is not None)
