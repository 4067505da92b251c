"""The frozen structs that web hooks return. What is only a handler or a value needs none and isn't here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from microblog_core.domain.accounts import Account

AsgiApp = Callable[..., Awaitable[None]]

Show = Literal["always", "anonymous", "member"]
NavPlace = Literal["main", "account", "footer", "settings", "admin"]
SlotPlace = Literal[
    "head",
    "header",
    "post.content",
    "post.after",
    "profile.header",
    "composer",
    "settings",
    "sidebar",
    "footer",
    "admin.dashboard",
]

POST_PLACES: tuple[SlotPlace, ...] = ("post.content", "post.after")
"""The places that exist once for each post; only their slots may vary by post."""


class TemplateFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Jinja templates, reachable as `<plugin>/<file>`.

    A `theme` folder may also hold a folder `web`: its files replace the site's own templates of the same
    name, on sites whose configuration names the plugin as their `theme`.
    """

    path: Path
    theme: bool = False


class StaticFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Files served below `/static/<plugin>/` under names that carry a hash of their content.

    `styles` and `scripts` name those that every page loads; of a `theme` folder, every page of sites whose
    configuration names the plugin as their `theme`. Such pages leave out the style sheets that it `replaces`,
    for example `web/site.css`. Scripts run after `DOMContentLoaded`. The folder is read once, when the site
    is composed.
    """

    path: Path
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    theme: bool = False
    replaces: tuple[str, ...] = ()


class NavItem(msgspec.Struct, frozen=True, kw_only=True):
    """A link in the navigation. `href` is a path on this site; `icon` names a symbol of the icon sprite.

    Lower `order` comes first; `show` says to whom, and `permission` (a name such as `reports.read`) that it
    is only for those who have it. `badge` marks the item that carries the count of unread notifications.
    """

    key: str
    label: str
    href: str
    icon: str = "dot"
    place: NavPlace = "main"
    show: Show = "always"
    order: int = 100
    badge: bool = False
    permission: str = ""


class SlotContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a slot knows of the page: its place, the locale, the time (Unix milliseconds) and who looks.

    `viewer` is None for visitors who aren't logged in, and always None for slots that vary by post.
    """

    place: SlotPlace
    locale: str
    now: int
    viewer: Account | None = None


class SlotRenderer(Protocol):
    """Draws one place for a whole page at once, so that a slot costs one query a page and not one a post."""

    async def render(self, context: SlotContext, items: Sequence[Any]) -> Sequence[str]:
        """As many pieces as there are items, in their order; "" draws nothing.

        Items are `domain.posts.Entry` for places that begin with `post.`, the `Account` for
        `profile.header`, and None once for places that exist once a page. Plain text is escaped; HTML comes
        as `markupsafe.Markup`.
        """
        ...


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a plugin draws into a place of the pages.

    `varies="post"`: it looks the same to everybody and is kept with the post until the post changes.
    `varies="viewer"`: it is drawn for each request and never enters what is kept for logged-in readers.
    Pages for anonymous readers are kept as a whole: `tags` are cache tags upon whose change they are drawn
    anew.
    """

    name: str
    place: SlotPlace
    renderer: SlotRenderer
    varies: Literal["post", "viewer"] = "viewer"
    order: int = 100
    tags: tuple[str, ...] = ()


class Middleware(msgspec.Struct, frozen=True, kw_only=True):
    """An ASGI middleware around everything that the website answers: `wrap(app)` gives the outer
    application.
    """

    name: str
    wrap: Callable[[AsgiApp], AsgiApp]
