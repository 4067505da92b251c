"""Pages as values: what a controller decides about a page before it is drawn."""

from __future__ import annotations

import msgspec
from markupsafe import Markup


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What other sites and machines are told about a page (Open Graph protocol, link relations).

    `url` and `image` are absolute or empty; `older` and `newer` are paths of the neighbouring pages, `feed`
    is that of the page's feeds without the end that names the format, `oembed` that of a post's preview.
    `published` is as `times.machine` writes it.
    """

    description: str = ""
    kind: str = "website"
    url: str = ""
    older: str = ""
    newer: str = ""
    index: bool = True
    feed: str = ""
    image: str = ""
    image_description: str = ""
    published: str = ""
    oembed: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page's title (without the site's), its content, and the key of the navigation item that it belongs
    to.

    `newcomers`: whether visitors are invited beside the content.
    """

    title: str
    main: Markup
    active: str = ""
    newcomers: bool = True
    meta: Meta | None = None
