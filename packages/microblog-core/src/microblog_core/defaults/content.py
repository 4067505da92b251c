"""Plain-text content: people, hashtags and addresses become links, blank lines paragraphs. Nothing else is
markup.

The HTML has the shapes that Mastodon clients know
(https://docs.joinmastodon.org/spec/activitypub/#sanitization).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import msgspec

from microblog_core.ports.content import Content, Entity

_MENTION = re.compile(
    r"(?<![\w@/.])@(?P<acct>[A-Za-z0-9_]{1,30}(?:@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9]))?)(?![\w@])"
)
_TAG = re.compile(r"(?<![\w#/&])#(?P<tag>\w{1,100})(?!\w)")
_URL = re.compile(r"(?<![\w@])https?://[^\s<>\"`{}|\\^]{1,2000}", re.IGNORECASE)
_TRAILING = ".,:;!?'\"*_~"
_OPENING = {")": "(", "]": "["}
_SHOWN = 30


class Mentions:
    """Finds `@ada` and `@ada@example.org`."""

    kind = "mention"

    def find(self, text: str) -> Iterable[Entity]:
        """All names of people; whether they exist is decided later."""
        for match in _MENTION.finditer(text):
            yield Entity(
                kind=self.kind,
                start=match.start(),
                end=match.end(),
                value=match["acct"],
                css_class="u-url mention",
            )


class Hashtags:
    """Finds `#hashtag` in any script; digits alone are none."""

    kind = "tag"

    def find(self, text: str) -> Iterable[Entity]:
        """All hashtags as spelled."""
        for match in _TAG.finditer(text):
            tag = match["tag"]
            if not tag.replace("_", "").isdecimal() and tag.strip("_"):
                yield Entity(
                    kind=self.kind,
                    start=match.start(),
                    end=match.end(),
                    value=tag,
                    css_class="mention hashtag",
                    rel="tag",
                )


class Addresses:
    """Finds http and https addresses, without the punctuation of the sentence around them."""

    kind = "url"

    def find(self, text: str) -> Iterable[Entity]:
        """All addresses with a host."""
        for match in _URL.finditer(text):
            address = _trimmed(match[0])
            if len(address.split("://", 1)[1].split("/", 1)[0]) > 0:
                yield Entity(
                    kind=self.kind,
                    start=match.start(),
                    end=match.start() + len(address),
                    value=address,
                    href=address,
                    rel="nofollow noopener noreferrer",
                )


def _trimmed(address: str) -> str:
    """Without the sentence's own punctuation; a closing bracket stays if the address opens it."""
    while address:
        opening = _OPENING.get(address[-1])
        if opening is not None:
            loose = address.count(address[-1]) > address.count(opening)
        else:
            loose = address[-1] in _TRAILING
        if not loose:
            return address
        address = address[:-1]
    return address


class PlainText:
    """Turns text with entities into paragraphs with links."""

    name = "plain"

    def apply(self, content: Content) -> Content:
        """The HTML of the text; what an earlier filter made is kept."""
        if content.html:
            return content
        return msgspec.structs.replace(content, html=_paragraphs(_linked(content)))


def _linked(content: Content) -> str:
    pieces: list[str] = []
    position = 0
    for entity in content.entities:
        pieces.append(html.escape(content.text[position : entity.start]))
        pieces.append(link_to(entity, content.text[entity.start : entity.end]))
        position = entity.end
    pieces.append(html.escape(content.text[position:]))
    return "".join(pieces)


def link_to(entity: Entity, shown: str) -> str:
    """The HTML of an entity whose text is `shown`, for every filter: a link where it goes somewhere."""
    if not entity.href:
        return html.escape(shown)
    href = html.escape(entity.href)
    attributes = f' class="{html.escape(entity.css_class)}"' if entity.css_class else ""
    attributes += f' rel="{html.escape(entity.rel)}"' if entity.rel else ""
    if entity.kind == "mention":
        name = html.escape(entity.value.partition("@")[0])
        return f'<span class="h-card"><a href="{href}"{attributes}>@<span>{name}</span></a></span>'
    if entity.kind == "tag":
        return f'<a href="{href}"{attributes}>#<span>{html.escape(shown[1:])}</span></a>'
    text = _short(shown) if entity.kind == "url" and "://" in shown else html.escape(shown)
    return f'<a href="{href}"{attributes}>{text}</a>'


def _short(address: str) -> str:
    """The middle of an address is enough to see; the rest is there for copying and for screen readers."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return html.escape(address)
    visible, hidden = rest[:_SHOWN], rest[_SHOWN:]
    shown = f'<span class="invisible">{html.escape(scheme)}://</span>'
    if not hidden:
        return f"{shown}<span>{html.escape(visible)}</span>"
    return (
        f'{shown}<span class="ellipsis">{html.escape(visible)}</span>'
        f'<span class="invisible">{html.escape(hidden)}</span>'
    )


def _paragraphs(linked: str) -> str:
    paragraphs = re.split(r"\n{2,}", linked)
    return "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
