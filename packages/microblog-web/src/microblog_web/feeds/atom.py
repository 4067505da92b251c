"""Atom (RFC 4287), with pages as RFC 5005 section 3 has them."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from microblog_web.feeds.model import Feed, Item
from microblog_web.feeds.xml import add, document
from microblog_web.times import machine


def draw_atom(feed: Feed) -> bytes:
    """The document."""
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    add(root, "id", feed.url)
    add(root, "title", feed.title)
    if feed.description:
        add(root, "subtitle", feed.description)
    add(root, "updated", machine(feed.updated))
    add(root, "generator", "Microblog")
    if feed.icon:
        add(root, "icon", feed.icon)
    add(root, "link", attributes={"rel": "self", "type": "application/atom+xml", "href": feed.url})
    add(root, "link", attributes={"rel": "alternate", "type": "text/html", "href": feed.page})
    if feed.older:
        add(root, "link", attributes={"rel": "next", "type": "application/atom+xml", "href": feed.older})
    for item in feed.items:
        _add_entry(root, item)
    return document(root)


def _add_entry(root: Element, item: Item) -> None:
    language = {"xml:lang": item.language} if item.language else {}
    entry = add(root, "entry", attributes=language)
    add(entry, "id", item.url)
    add(entry, "title", item.title)
    add(entry, "published", machine(item.published))
    add(entry, "updated", machine(item.updated))
    author = add(entry, "author")
    add(author, "name", item.author)
    add(author, "uri", item.author_url)
    add(entry, "link", attributes={"rel": "alternate", "type": "text/html", "href": item.url})
    for picture in item.pictures:
        given = {
            "rel": "enclosure",
            "type": picture.media_type,
            "href": picture.url,
            "length": str(picture.size),
        }
        add(entry, "link", attributes=given)
    for tag in item.tags:
        add(entry, "category", attributes={"term": tag})
    add(entry, "content", item.html, {"type": "html"})
