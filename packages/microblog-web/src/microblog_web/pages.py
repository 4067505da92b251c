"""Pages as values: what a controller decides about a page before it is drawn."""

from __future__ import annotations

import msgspec
from markupsafe import Markup


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What other sites and machines are told about a page (Open Graph protocol, link relations).

    `url` is absolute or empty; `older` and `newer` are paths of the neighbouring pages.
    """

    description: str = ""
    kind: str = "website"
    url: str = ""
    older: str = ""
    newer: str = ""
    index: bool = True


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
