"""RSS 2.0 (https://www.rssboard.org/rss-specification), with the author as Dublin Core and pictures as Media
RSS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element

from microblog_web.feeds.model import Feed, Item
from microblog_web.feeds.xml import add, document

_NAMESPACES = {
    "version": "2.0",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}


def draw_rss(feed: Feed) -> bytes:
    """The document."""
    root = Element("rss", _NAMESPACES)
    channel = add(root, "channel")
    add(channel, "title", feed.title)
    add(channel, "link", feed.page)
    add(channel, "description", feed.description or feed.title)
    add(channel, "atom:link", attributes={"rel": "self", "type": "application/rss+xml", "href": feed.url})
    if feed.older:
        add(channel, "atom:link", attributes={"rel": "next", "href": feed.older})
    add(channel, "lastBuildDate", _date(feed.updated))
    add(channel, "generator", "Microblog")
    if feed.icon:
        image = add(channel, "image")
        add(image, "url", feed.icon)
        add(image, "title", feed.title)
        add(image, "link", feed.page)
    for item in feed.items:
        _add_item(channel, item)
    return document(root)


def _add_item(channel: Element, item: Item) -> None:
    element = add(channel, "item")
    add(element, "title", item.title)
    add(element, "link", item.url)
    add(element, "guid", item.url, {"isPermaLink": "true"})
    add(element, "pubDate", _date(item.published))
    add(element, "dc:creator", item.author)
    if item.language:
        add(element, "dc:language", item.language)
    add(element, "description", item.html)
    for tag in item.tags:
        add(element, "category", tag)
    for picture in item.pictures[:1]:
        # Readers differ in what they do with a second enclosure; all pictures are told as media below.
        given = {"url": picture.url, "type": picture.media_type, "length": str(picture.size)}
        add(element, "enclosure", attributes=given)
    for picture in item.pictures:
        given = {
            "url": picture.url,
            "type": picture.media_type,
            "fileSize": str(picture.size),
            "medium": "image",
        }
        media = add(element, "media:content", attributes=given)
        if picture.description:
            add(media, "media:description", picture.description, {"type": "plain"})


def _date(at: int) -> str:
    return format_datetime(datetime.fromtimestamp(at // 1000, UTC), usegmt=True)
