"""From Markdown to the HTML that Mastodon clients know; core sanitises it afterwards, as always.

What core found (people, hashtags, addresses) and shortcodes of emojis are set aside while Markdown is read,
so that no mark within them counts, and put back where they stood.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

import msgspec
from markdown_it.token import Token

from microblog_core.defaults.content import link_to
from microblog_core.domain.emojis import SHORTCODE
from microblog_core.ports.content import Content, Entity
from microblog_plugins.markdown.finding import KIND
from microblog_plugins.markdown.reading import TooDeep, read

# Noncharacters of Unicode, which no text may have: they stand around the number of a piece set aside.
_BEGIN, _END = "\ufdd0", "\ufdd1"
_FOREIGN = str.maketrans({_BEGIN: "\ufffd", _END: "\ufffd"})
_ASIDE = re.compile(f"{_BEGIN}([0-9]+){_END}")
_POINTED = re.compile(f"<({_BEGIN}[0-9]+{_END})>")
_OTHER_PLACE = re.compile(r"://|\bwww\.|(?<!\w)@\w", re.IGNORECASE)
"""A label that reads like an address or a name leads people astray: they see where the link goes instead."""

_TAGS = {
    "blockquote_open": "<blockquote>",
    "blockquote_close": "</blockquote>",
    "bullet_list_open": "<ul>",
    "bullet_list_close": "</ul>",
    "ordered_list_close": "</ol>",
    "list_item_open": "<li>",
    "list_item_close": "</li>",
    "heading_open": "<p><strong>",
    "heading_close": "</strong></p>",
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "s_open": "<del>",
    "s_close": "</del>",
    "link_close": "</a>",
    "softbreak": "<br>",
    "hardbreak": "<br>",
}


class Markdown:
    """A `ContentFilter`: makes the HTML of the text, whatever an earlier filter made."""

    name = "markdown"

    def apply(self, content: Content) -> Content:
        """The HTML of the text, in time that grows as the text does. What goes too deep stays plain text."""
        text, pieces = _set_aside(content.text.translate(_FOREIGN), content.entities)
        try:
            tokens = read(text)
        except TooDeep:
            return content
        return msgspec.structs.replace(content, html=_Drawing(pieces).blocks(tokens))


def _set_aside(text: str, entities: Sequence[Entity]) -> tuple[str, list[tuple[str, str]]]:
    """The text with numbers in place of entities and shortcodes, and the HTML and the text of each."""
    pieces: list[tuple[str, str]] = []
    parts: list[str] = []

    def aside(drawn: str, shown: str) -> str:
        pieces.append((drawn, shown))
        return f"{_BEGIN}{len(pieces) - 1}{_END}"

    def plain(part: str) -> str:
        return SHORTCODE.sub(lambda match: aside(match[0], match[0]), part)

    position = 0
    for entity in entities:
        shown = text[entity.start : entity.end]
        parts.append(plain(text[position : entity.start]))
        parts.append(shown if entity.kind == KIND else aside(link_to(entity, shown), html.escape(shown)))
        position = entity.end
    parts.append(plain(text[position:]))
    return _POINTED.sub(r"\1", "".join(parts)), pieces


class _Drawing:
    """Draws what was read, with the pieces put back."""

    def __init__(self, pieces: Sequence[tuple[str, str]]) -> None:
        self._pieces = pieces

    def blocks(self, tokens: Iterable[Token]) -> str:
        """Paragraphs, quotes, lists, code."""
        parts: list[str] = []
        for token in tokens:
            if token.type == "inline":
                parts.append(self._line(token.children or ()))
            elif token.type == "fence":
                parts.append(f"<pre><code>{self._code(token.content.removesuffix(chr(10)))}</code></pre>")
            elif token.type == "ordered_list_open":
                start = token.attrs.get("start", 1)
                parts.append("<ol>" if start == 1 else f'<ol start="{int(start)}">')
            elif token.type.startswith("paragraph_"):
                # In lists without blank lines, paragraphs are there but not to be seen.
                parts.append("" if token.hidden else f"<{'/' * (token.nesting < 0)}p>")
            else:
                parts.append(_TAGS[token.type])
        return "".join(parts)

    def _line(self, tokens: Sequence[Token]) -> str:
        parts: list[str] = []
        skipping = False
        for place, token in enumerate(tokens):
            if skipping:
                skipping = token.type != "link_close"
            elif token.type == "link_open":
                address = str(token.attrs["href"])
                label = _label(tokens, place)
                if skipping := bool(_OTHER_PLACE.search(label)):
                    parts.append(link_to(_address(address), address))
                else:
                    parts.append(f'<a href="{html.escape(address)}" rel="nofollow noopener noreferrer">')
            elif token.type == "code_inline":
                parts.append(f"<code>{self._code(token.content)}</code>")
            elif token.type in ("text", "text_special"):
                parts.append(_ASIDE.sub(self._drawn, html.escape(token.content)))
            else:
                parts.append(_TAGS[token.type])
        return "".join(parts)

    def _code(self, text: str) -> str:
        return _ASIDE.sub(self._shown, html.escape(text))

    def _drawn(self, match: re.Match[str]) -> str:
        return self._pieces[int(match[1])][0]

    def _shown(self, match: re.Match[str]) -> str:
        return self._pieces[int(match[1])][1]


def _label(tokens: Sequence[Token], place: int) -> str:
    """The words of a link that begins here."""
    words: list[str] = []
    for token in tokens[place + 1 :]:
        if token.type == "link_close":
            break
        words.append(token.content)
    return "".join(words)


def _address(address: str) -> Entity:
    return Entity(
        kind="url",
        start=0,
        end=len(address),
        value=address,
        href=address,
        rel="nofollow noopener noreferrer",
    )
