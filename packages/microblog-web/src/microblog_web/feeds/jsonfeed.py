"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_web.feeds.model import Feed, Item
from microblog_web.times import machine


def draw_json(feed: Feed) -> bytes:
    """The document."""
    values = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "icon": feed.icon,
        "next_url": feed.older,
    }
    told: dict[str, Any] = {name: value for name, value in values.items() if value}
    return msgspec.json.encode({**told, "items": [_item(item) for item in feed.items]})


def _item(item: Item) -> dict[str, Any]:
    author = {"name": item.author, "url": item.author_url, "avatar": item.author_picture}
    values: dict[str, Any] = {
        "id": item.url,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": machine(item.published),
        "date_modified": machine(item.updated) if item.updated != item.published else "",
        "authors": [{name: value for name, value in author.items() if value}],
        "tags": item.tags,
        "language": item.language,
        "attachments": [
            {
                "url": picture.url,
                "mime_type": picture.media_type,
                "size_in_bytes": picture.size,
                **({"title": picture.description} if picture.description else {}),
            }
            for picture in item.pictures
        ],
    }
    return {name: value for name, value in values.items() if value}
