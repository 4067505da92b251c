"""From the HTML that posts have in archives to the text that people write, and to whom its names belong.

`@ada` in a post from elsewhere is that site's ada. Here it becomes `@ada@elsewhere`, so that nobody of this
site is taken for somebody else; the author's own name becomes the one they have here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

_BREAKS = {"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = {"script", "style", "template", "title"}
_NAME = re.compile(r"(?<![\w@/.])@([A-Za-z0-9_.-]*[A-Za-z0-9_])(?![\w@])")
_HANDLE = re.compile(r"/(?:@|users/)([A-Za-z0-9_.-]+)/?$")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Names:
    """Whose names they are: `username` at `host` wrote the archive, and is `me` at `here`. Hosts are lower
    case, with a port where there is one; empty if unknown.
    """

    username: str
    host: str
    me: str
    here: str

    def named(self, username: str, host: str) -> str:
        """How somebody of that site is named here."""
        if username.casefold() == self.username.casefold() and host == self.host:
            return f"@{self.me}"
        return f"@{username}" if not host or host == self.here else f"@{username}@{host}"

    def placed(self, text: str) -> str:
        """A plain text of the archive's site, with its names as they are here."""
        return _NAME.sub(lambda match: self.named(match[1], self.host), text)


def host_of(address: str) -> str:
    """The host of an address, lower case, with its port where there is one; empty for anything else."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def text_of(html: str, names: Names) -> str:
    """The text of a post's HTML: paragraphs, line breaks, whole addresses, names as they are here."""
    reader = _Reader(names)
    reader.feed(html)
    reader.close()
    lines = (line.strip(" \t") for line in "".join(reader.pieces).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects the text."""

    def __init__(self, names: Names) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._names = names
        self._hidden = 0
        self._verbatim = 0
        self._link: tuple[str, str] | None = None
        self._shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self._say("\n")
        elif tag == "li":
            self._say("\n- ")
        elif tag in _BREAKS:
            self._say("\n\n")
            self._verbatim += tag == "pre"
        elif tag == "a" and self._link is None:
            given = dict(attrs)
            self._link = (given.get("href") or "", given.get("class") or "")
            self._shown = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS:
            self._say("\n\n")
            self._verbatim = max(0, self._verbatim - (tag == "pre"))
        elif tag == "a" and self._link is not None:
            self._end_link()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._say(data if self._verbatim else re.sub(r"[ \t\r\n]+", " ", data))

    def close(self) -> None:
        super().close()
        if self._link is not None:
            self._end_link()

    def _say(self, text: str) -> None:
        (self.pieces if self._link is None else self._shown).append(text)

    def _end_link(self) -> None:
        href, classes = self._link or ("", "")
        shown = "".join(self._shown)
        self._link = None
        if "hashtag" not in classes and "mention" in classes and shown.strip().startswith("@"):
            written = _HANDLE.search(href)
            username = written[1] if written else shown.strip().lstrip("@").partition("@")[0]
            self._say(self._names.named(username, host_of(href)))
        elif "hashtag" in classes or not href.startswith(("http://", "https://")):
            self._say(shown)
        else:
            self._say(href)
