"""Feeds: posts for feed readers, as RSS 2.0, Atom and JSON Feed.

`model` says what a feed is, `entries` makes it of posts, each format draws it. Which posts are in one is the
business of `controllers.feeds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from microblog_web.feeds.atom import draw_atom
from microblog_web.feeds.jsonfeed import draw_json
from microblog_web.feeds.model import Feed
from microblog_web.feeds.rss import draw_rss


class Format(msgspec.Struct, frozen=True):
    """How a feed is written: its media type and what writes it."""

    media_type: str
    draw: Callable[[Feed], bytes]


FORMATS: Mapping[str, Format] = {
    "atom": Format("application/atom+xml", draw_atom),
    "rss": Format("application/rss+xml", draw_rss),
    "json": Format("application/feed+json", draw_json),
}
"""By the end of a feed's address."""
