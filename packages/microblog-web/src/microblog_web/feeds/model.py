"""A feed as a value, whatever the format. Addresses are absolute; moments are Unix milliseconds in UTC."""

from __future__ import annotations

import msgspec


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of an item; `size` in bytes."""

    url: str
    media_type: str
    size: int
    description: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One post. `url` is its address and names it for ever; `html` is sanitised."""

    url: str
    title: str
    html: str
    published: int
    updated: int
    author: str
    author_url: str
    author_picture: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    pictures: tuple[Picture, ...] = ()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """Posts, newest first. `url` is the feed's own address, `page` that of the page for people, `older` that
    of the feed's next page; `updated` never is the time of asking, so that what has not changed stays the
    same.
    """

    title: str
    description: str
    url: str
    page: str
    updated: int
    icon: str = ""
    older: str = ""
    items: tuple[Item, ...] = ()
