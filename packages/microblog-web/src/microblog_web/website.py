"""What one site has of the website: its navigation, slots and template globals, and how its pages are put
together.

The templates and static files belong to a set of plugins and are shared by all sites that have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from microblog_core.http.kept import KeptPages
from microblog_web.avatars import avatar
from microblog_web.contributions import SlotContext
from microblog_web.forms import Form
from microblog_web.fragments import EMPTY, Shape
from microblog_web.holes import Holes
from microblog_web.i18n import DEFAULT
from microblog_web.nav import Nav
from microblog_web.pages import Page
from microblog_web.slots import Slots
from microblog_web.templating import Templates

if TYPE_CHECKING:
    from microblog_core.domain.accounts import Account
    from microblog_core.ports.cache import Cache
    from microblog_web.views import View

UNREAD_SHOWN = 99
SHAPES_KEPT = 512


class WebSite:
    """One site's website."""

    def __init__(
        self,
        *,
        title: str,
        description: str,
        templates: Templates,
        nav: Nav,
        slots: Slots,
        plugins: Mapping[str, Any],
        recognises_below: tuple[str, ...] = (),
        picture_url: Callable[[str], str] = str,
    ) -> None:
        self.title = title
        self.description = description
        self.templates = templates
        self.nav = nav
        self.slots = slots
        self.kept = KeptPages()
        self.recognises_below = recognises_below
        self.picture_url = picture_url
        """Where a browser finds a file of the site's blob store."""
        self.shape = lru_cache(SHAPES_KEPT)(self._draw_shape)
        """What a post of a shape looks like in a locale, with holes for what is in it."""
        self._plugins = plugins

    def render(self, name: str, locale: str, /, **context: Any) -> Markup:
        """Render a template with what every template of this site knows."""
        shared = {
            "site_title": self.title,
            "site_description": self.description,
            "x": self._plugins,
            "avatar": self._avatar,
            "picture_url": self.picture_url,
        }
        form = context.get("form")
        if isinstance(form, Form) and locale != DEFAULT:
            context["form"] = form.explained(locale)
        return self.templates.render(name, locale, {**shared, **context})

    def _avatar(self, account: Account) -> Markup:
        return avatar(account, self.picture_url(account.avatar) if account.avatar else "")

    async def page(self, view: View, page: Page) -> bytes:
        """A whole HTML document in UTF-8."""
        frame = self.frame(view.ports.cache, view.locale, page.active, view.me)
        title = f"{page.title} · {self.title}" if page.title else self.title
        values: dict[str, str] = {
            "title": escape(title),
            "meta": self.render("web/meta.html", view.locale, page=page, title=title) if page.meta else "",
            "main": page.main,
            "aside": self._aside(view, page) + await self._slot(view, "sidebar"),
            "footer": await self._slot(view, "footer"),
            "flash": self._flash(view) if view.flash else "",
        }
        if view.me is not None:
            values["csrf"] = view.csrf
            values["here"] = escape(view.here)
            values["unread"] = self._badge(view, await view.count_unread())
        return frame.fill(values).encode()

    def frame(self, cache: Cache, locale: str, active: str, me: Account | None) -> Holes:
        """Everything around a page's content, drawn once for each reader and kept until their profile
        changes.
        """
        reader = f"{me.id}.{me.version}" if me is not None else ""
        key = f"frame:{locale}:{active}:{reader}"
        kept = cache.get(key)
        if isinstance(kept, Holes):
            return kept
        fill = cache.fill()
        nav = self.nav.view(logged_in=me is not None)
        frame = Holes(self.render("web/layout.html", locale, me=me, nav=nav, active=active))
        fill.put(key, frame, (), size=frame.size)
        return frame

    def bare(self, locale: str, title: str, main: Markup) -> bytes:
        """A whole page for somebody unknown, without asking the site anything (errors, shared forms)."""
        nav = self.nav.view(logged_in=False)
        frame = Holes(self.render("web/layout.html", locale, me=None, nav=nav, active=""))
        full = escape(f"{title} · {self.title}")
        robots = Markup('<meta name="robots" content="noindex">')
        return frame.fill(
            {"title": full, "meta": robots, "main": main, "aside": EMPTY, "footer": EMPTY, "flash": EMPTY}
        ).encode()

    def _draw_shape(self, shape: Shape, locale: str) -> Holes:
        return Holes(self.render("web/post.html", locale, shape=shape))

    def _aside(self, view: View, page: Page) -> Markup:
        if view.me is None and not page.newcomers:
            return EMPTY
        key = f"aside:{view.locale}:{'member' if view.me else 'visitor'}"
        kept = view.ports.cache.get(key)
        if isinstance(kept, Markup):
            return kept
        fill = view.ports.cache.fill()
        aside = self.render("web/members.html" if view.me else "web/newcomers.html", view.locale)
        fill.put(key, aside, (), size=len(aside))
        return aside

    async def _slot(self, view: View, place: Any) -> Markup:
        if not self.slots.has(place):
            return EMPTY
        context = SlotContext(place=place, locale=view.locale, now=view.now, viewer=view.me)
        return (await self.slots.render(context, (None,)))[0]

    def _flash(self, view: View) -> Markup:
        return self.render("web/flash.html", view.locale, messages=view.flash)

    def _badge(self, view: View, unread: int) -> str:
        if not unread:
            return ""
        shown = str(unread) if unread <= UNREAD_SHOWN else f"{UNREAD_SHOWN}+"
        return f'<b class="count">{shown}<span class="vh"> {escape(view.translate("unread"))}</span></b>'
