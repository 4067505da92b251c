"""Reading Markdown: which parts of CommonMark are read, and two rules of our own.

Links are `[label](address)` alone, without brackets in the label: one expression of bounded reach finds them,
whatever somebody puts in its way. Headings are lines in bold, pictures are links, and HTML is text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.backticks import backtick
from markdown_it.token import Token

NESTING = 20
"""How deep quotes and lists may go into one another (a list counts twice)."""
LABEL = 300
ADDRESS = 2000
"""How many characters a link's label and address have at most."""

_IN_ADDRESS = r"[^\s<>\"`{}|\\^()\[\]]"
_LINK = re.compile(
    rf"\[(?P<label>[^\[\]]{{1,{LABEL}}})\]"
    rf"\((?P<address>(?:https?://|mailto:)(?:{_IN_ADDRESS}|\({_IN_ADDRESS}{{0,{LABEL}}}\)){{1,{ADDRESS}}})"
    r"(?: \"[^\"\n]{0,300}\")?\)",
    re.IGNORECASE,
)
_BLOCKS = ("fence", "blockquote", "list", "heading")
_INLINE = ("newline", "escape", "backticks", "emphasis", "strikethrough")


class TooDeep(Exception):
    """Quotes and lists go into one another further than anybody reads."""


def read(text: str) -> list[Token]:
    """The parts of a text, in order. Raises `TooDeep`."""
    return _reader().parse(text)


@cache
def _reader() -> MarkdownIt:
    """The parser; it keeps nothing of what it reads."""
    reader = MarkdownIt("zero", {"maxNesting": 2 * NESTING})
    reader.enable([*_BLOCKS, *_INLINE])
    reader.block.ruler.before("fence", "depth", _not_too_deep)
    reader.inline.ruler.at("backticks", _code)
    reader.inline.ruler.after("backticks", "link", _link)
    return reader


def _not_too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """No rule of its own: the parser would leave out what is too deep."""
    if state.level > NESTING:
        raise TooDeep
    return False


def _code(state: StateInline, silent: bool) -> bool:
    """Code, with its place in the text around it."""
    start, before = state.pos, len(state.tokens)
    found = backtick(state, silent)
    if len(state.tokens) > before and state.tokens[-1].type == "code_inline":
        state.tokens[-1].meta = {"place": (start, state.pos)}
    return found


def _link(state: StateInline, silent: bool) -> bool:
    """A link with a label, with its place in the text around it."""
    match = _LINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        opening = state.push("link_open", "a", 1)
        opening.attrs = {"href": match["address"]}
        opening.meta = {"place": match.span()}
        _within(state, *match.span("label"))
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _within(state: Any, start: int, end: int) -> None:
    """Read the label as text of its own."""
    outer = state.posMax
    state.pos, state.posMax = start, end
    state.linkLevel += 1
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    state.posMax = outer
