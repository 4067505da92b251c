"""Custom emojis in HTML: shortcodes in texts become pictures; tags, their attributes and code are left
alone.

What was drawn is kept by the text, for one version of the site's emojis: another version is another drawer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from markupsafe import Markup, escape

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.emojis import SHORTCODE, Emojis

TEXTS_KEPT = 1024
_TAG_OR_CODE = re.compile(rf"""<code>(?s:.*?)</code>|<(?:[^<>"']|"[^"]*"|'[^']*')*>|{SHORTCODE.pattern}""")
_PICTURE = (
    '<img class="emoji" src="{url}" alt=":{code}:" title=":{code}:" width="20" height="20"'
    ' loading="lazy" decoding="async">'
)


class EmojiDrawer:
    """Draws the emojis of a site; `url` says where the file of a key is."""

    def __init__(self, emojis: Emojis, url: Callable[[str], str]) -> None:
        self.emojis = emojis
        self._url = url
        self._kept = lru_cache(TEXTS_KEPT)(self._drawn)

    def html(self, html: str) -> str:
        """Sanitised HTML with its emojis as pictures."""
        return self._kept(html) if self.emojis and ":" in html else html

    def words(self, text: str) -> Markup:
        """A plain text with its emojis as pictures, escaped."""
        escaped = escape(text)
        return Markup(self.html(str(escaped)))  # noqa: S704 - escaped, and pictures of ours

    def rich(self, html: str) -> Markup:
        """`html` for templates; what is given must have been sanitised."""
        return Markup(self.html(html))  # noqa: S704 - core has sanitised it

    def picture(self, emoji: CustomEmoji) -> Markup:
        """One emoji."""
        return Markup(self._picture(emoji))  # noqa: S704 - escaped below

    def _drawn(self, html: str) -> str:
        return _TAG_OR_CODE.sub(self._replaced, html)

    def _replaced(self, match: re.Match[str]) -> str:
        code = match[1]
        emoji = self.emojis.get(code) if code else None
        return match[0] if emoji is None else self._picture(emoji)

    def _picture(self, emoji: CustomEmoji) -> str:
        return _PICTURE.format(url=escape(self._url(emoji.picture_key)), code=escape(emoji.shortcode))
