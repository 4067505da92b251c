"""Custom emojis: where they stand in texts, and what a site has of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from microblog_core.domain.announcements import CustomEmoji

EMOJI_BYTES = 256 << 10
"""A picture for an emoji may be so large."""
EMOJI_SIDE = 128
"""Longer sides are made so long, in pixels."""
ARCHIVE_BYTES = 16 << 20
ARCHIVE_FILES = 200

SHORTCODE = re.compile(r"(?<![A-Za-z0-9_:]):([A-Za-z0-9_]{2,50}):(?![A-Za-z0-9_:])")
"""A shortcode in a text. What hangs together with letters, digits or other colons is none."""


def folded(shortcode: str) -> str:
    """The shortcode without regard to capitals: two that differ in them are the same."""
    return shortcode.casefold()


class Emojis:
    """The emojis that a site shows now, by shortcode. `version` is another one whenever they are others."""

    __slots__ = ("_by_code", "shown", "version")

    def __init__(self, emojis: Iterable[CustomEmoji] = ()) -> None:
        self.shown = tuple(each for each in emojis if not each.disabled)
        self._by_code = {folded(each.shortcode): each for each in self.shown}
        told = "\n".join(map(repr, self.shown)).encode()
        self.version = blake2b(told, digest_size=8).hexdigest() if self.shown else ""

    def __bool__(self) -> bool:
        return bool(self.shown)

    def get(self, shortcode: str) -> CustomEmoji | None:
        """The emoji of this shortcode, without colons."""
        return self._by_code.get(folded(shortcode))

    def found_in(self, *texts: str) -> tuple[CustomEmoji, ...]:
        """The emojis that stand in these texts, each once."""
        if not self.shown:
            return ()
        found: dict[str, CustomEmoji] = {}
        for text in texts:
            if ":" not in text:
                continue
            for match in SHORTCODE.finditer(text):
                emoji = self.get(match[1])
                if emoji is not None:
                    found.setdefault(emoji.shortcode, emoji)
        return tuple(found.values())


NO_EMOJIS = Emojis()
