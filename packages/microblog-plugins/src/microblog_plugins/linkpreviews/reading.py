"""What a page says of itself: Open Graph (https://ogp.me), else what search engines and readers go by.

A page is hostile. It is read by a tokenizer that makes no tree: how elements are nested costs nothing, and
no rule for mending pages can make few bytes into many elements. What takes too long or is never finished ends
the reading, and what was found until then counts. All of it is plain text afterwards.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec

from microblog_core.domain.accounts import clean_line
from microblog_core.domain.link_previews import LinkPreview
from microblog_plugins.linkpreviews.addresses import joined

SECONDS = 1.0
PIECE = 4096
UNFINISHED = 4 * PIECE
"""A tag that is longer than this ends the reading: it would be looked at again with each piece."""
TITLE_LENGTH, TEXT_LENGTH, NAME_LENGTH, ALT_LENGTH = 200, 400, 100, 400
RAW_LENGTH = 4000
"""How much of a text is looked at before it is cut."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_PARAMETER = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SKIPPED = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
_ENCODINGS = (
    frozenset(
        "utf-8 utf-16-le utf-16-be koi8-r koi8-u gbk gb18030 big5 euc_jp shift_jis iso2022_jp euc_kr cp949"
        " mac-roman cp866 cp874 tis-620".split()
    )
    | {f"cp125{number}" for number in range(9)}
    | {f"iso8859-{number}" for number in range(2, 17)}
)
"""What pages are written in (https://encoding.spec.whatwg.org); Python knows more, and some of it is slow."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says: its preview without a picture, and where its picture is, with what is to be seen."""

    preview: LinkPreview
    picture_url: str = ""
    picture_description: str = ""


def read_page(data: bytes, content_type: str, url: str) -> Page | None:
    """Read a page, or its beginning; `url` is where it came from. None where it says nothing of itself.

    Takes up to about a second: call it on a thread.
    """
    head = _Head()
    until = time.monotonic() + SECONDS
    for piece in _pieces(_readable(decoded(data, content_type))):
        head.feed(piece)
        if head.done or len(head.rawdata) > UNFINISHED or time.monotonic() > until:
            break
    said = head.said
    title = _first(said, ("og:title", "twitter:title", "<title>"), TITLE_LENGTH)
    if not title:
        return None
    base = joined(url, head.base) or url
    pictures = ("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src")
    author = _first(said, ("author", "article:author", "twitter:creator"), NAME_LENGTH)
    author_url = joined(url, author) if "://" in author else ""
    named = not author_url and "://" not in author
    return Page(
        preview=LinkPreview(
            url=url,
            title=title,
            description=_first(said, ("og:description", "twitter:description", "description"), TEXT_LENGTH),
            language=head.language,
            author_name=author if named else "",
            author_url=author_url,
            provider_name=_first(said, ("og:site_name", "application-name"), NAME_LENGTH),
            provider_url=joined(url, "/"),
            published_at=_moment(said.get("article:published_time", "")),
        ),
        picture_url=next((found for name in pictures if (found := joined(base, said.get(name, "x:")))), ""),
        picture_description=_first(said, ("og:image:alt", "twitter:image:alt"), ALT_LENGTH),
    )


def decoded(data: bytes, content_type: str) -> str:
    """The text of a page: by its byte order mark, by what was said with it, by what it says itself, else
    UTF-8; what can't be read is replaced.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    said = _PARAMETER.search(content_type)
    within = _CHARSET.search(data[:PIECE])
    for name in (said[1] if said else "", within[1].decode() if within else ""):
        if name and (encoding := _encoding(name)):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    # What says so is written on Windows, all browsers find.
    known = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gbk"}.get(known, known)
    return known if known in _ENCODINGS else ""


def _readable(text: str) -> str:
    """Without what holds no words: comments, scripts, styles. What isn't closed goes to the end."""
    for begin, end in _SKIPPED:
        small = text.lower()
        if len(small) != len(text) or begin not in small:
            continue
        kept, at = [], 0
        while (start := small.find(begin, at)) >= 0:
            kept.append(text[at:start])
            at = small.find(end, start + len(begin))
            if at < 0:
                at = len(text)
                break
            at += len(end)
        kept.append(text[at:])
        text = "".join(kept)
    return text


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), PIECE):
        yield text[at : at + PIECE]


class _Head(HTMLParser):
    """Takes what elements of a page's head say, each thing the first time that it is said."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self.base = self.language = ""
        self.done = False
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._title is not None:
            self._end_title()
        if tag == "title" and "<title>" not in self.said:
            self._title = []
        elif tag == "body":
            self.done = bool(self.said)
        elif tag in ("meta", "base", "html"):
            given = {name: (value or "")[:RAW_LENGTH] for name, value in reversed(attrs)}
            if tag == "base":
                self.base = self.base or given.get("href", "")
            elif tag == "html":
                spoken = _LANGUAGE.fullmatch(given.get("lang", "").strip())
                self.language = self.language or (spoken[0] if spoken else "")
            else:
                name = (given.get("property") or given.get("name") or "").strip().lower()
                if name and given.get("content", "").strip():
                    self.said.setdefault(name[:40], given["content"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._end_title()
        elif tag == "head":
            self.done = bool(self.said)

    def handle_data(self, data: str) -> None:
        if self._title is not None and sum(map(len, self._title)) < RAW_LENGTH:
            self._title.append(data[:RAW_LENGTH])

    def _end_title(self) -> None:
        if self._title is not None:
            self.said.setdefault("<title>", "".join(self._title))
            self._title = None


def _first(said: dict[str, str], names: tuple[str, ...], length: int) -> str:
    """The first of these that says anything, on one clean line of at most so many characters."""
    for name in names:
        line = clean_line(said.get(name, "")[:RAW_LENGTH])
        if line:
            return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
    return ""


def _moment(text: str) -> int | None:
    """Unix milliseconds of a moment in ISO 8601, in UTC where it does not say; None for anything else."""
    try:
        found = datetime.fromisoformat(text.strip()[:40])
        moment = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return round(moment * 1000) if 0 < moment < 253_402_300_799 else None
