"""Words and phrases that are looked for in texts: whole words, whatever their case, accents and width."""

from __future__ import annotations

from collections.abc import Iterable

from microblog_core.domain.words import asked_words, follows_in, words_of


class Phrases:
    """Words and phrases made ready: looking for a thousand takes as long as looking for a few."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], bool, str]]] = {}
        self._beginnings: list[tuple[str, str]] = []
        for phrase in phrases:
            words, begins = asked_words(phrase)
            if len(words) == 1 and begins:
                self._beginnings.append((words[0], phrase))
            elif words:
                self._by_first.setdefault(words[0], []).append((words, begins, phrase))

    def first_in(self, text: str) -> str:
        """The first of the phrases that stands in a text, as it was given; empty for none."""
        words = words_of(text)
        for place, word in enumerate(words):
            for asked, begins, phrase in self._by_first.get(word, ()):
                if follows_in(words[place : place + len(asked)], asked, prefix=begins):
                    return phrase
            for beginning, phrase in self._beginnings:
                if word.startswith(beginning):
                    return phrase
        return ""
