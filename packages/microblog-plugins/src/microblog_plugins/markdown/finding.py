"""Where in a text Markdown has code and labelled links: there, names, hashtags and addresses are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from markdown_it.token import Token

from microblog_core.ports.content import Entity
from microblog_plugins.markdown.reading import TooDeep, read

KIND = "markdown"


class Spans:
    """An `EntityFinder`: code, and links with a label (their address is the entity's)."""

    kind = KIND

    def find(self, text: str) -> Iterable[Entity]:
        """All of them, in order. They begin before what is in them, which is therefore not found."""
        if "`" not in text and "](" not in text and "~~~" not in text:
            return
        lines = text.split("\n")
        starts = [0, *accumulate(len(line) + 1 for line in lines)]
        for token in _read(text):
            if token.map is None:
                continue
            if token.type == "fence":
                start, end = starts[token.map[0]], min(starts[token.map[1]], len(text))
                yield Entity(kind=KIND, start=start, end=end, value="")
            elif token.type == "inline":
                yield from _inline(token, lines, starts)


def _read(text: str) -> list[Token]:
    try:
        return read(text)
    except TooDeep:
        return []


def _inline(token: Token, lines: Sequence[str], starts: Sequence[int]) -> Iterator[Entity]:
    """What is in a paragraph; its places are those in the text without the marks of quotes and lists."""
    places = [
        (child, child.meta["place"]) for child in token.children or () if child.meta and "place" in child.meta
    ]
    if not places or token.map is None:
        return
    within, shifts = 0, []
    for number, line in enumerate(token.content.split("\n"), token.map[0]):
        # Tabs before a line may have become spaces.
        bare = line.lstrip()
        at = starts[number] + lines[number].rfind(bare) - (len(line) - len(bare))
        shifts.append((within, at - within))
        within += len(line) + 1
    turn = iter([*shifts, (within, 0)])
    (_, shift), (border, following) = next(turn), next(turn)
    for child, (start, end) in places:
        while start >= border:
            shift, (border, following) = following, next(turn)
        begin = start + shift
        while end - 1 >= border:
            shift, (border, following) = following, next(turn)
        yield Entity(kind=KIND, start=begin, end=end + shift, value="", href=str(child.attrs.get("href", "")))
