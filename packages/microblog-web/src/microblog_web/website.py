"""What one site has of the website: its navigation, slots and template globals, and how its pages are put
together.

The templates and static files belong to a set of plugins and are shared by all sites that have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from microblog_core.domain.emojis import NO_EMOJIS
from microblog_core.domain.media import small_key
from microblog_core.http.kept import KeptPages
from microblog_web.avatars import avatar
from microblog_web.contributions import SlotContext, SlotPlace
from microblog_web.emojis import EmojiDrawer
from microblog_web.forms import Form
from microblog_web.fragments import EMPTY, POST_HOLES, POSTS_NEED, Shape
from microblog_web.holes import Holes
from microblog_web.i18n import DEFAULT
from microblog_web.nav import Nav, NavView
from microblog_web.pages import Page
from microblog_web.slots import Slots
from microblog_web.templating import Look

if TYPE_CHECKING:
    from microblog_core.domain.accounts import Account, Login
    from microblog_core.domain.site_texts import SiteFace
    from microblog_web.views import View

Appearance = tuple[tuple[str, str], ...]
"""What the root element says of how a page looks: names and values of data attributes."""
PLAIN: Appearance = ()
UNREAD_SHOWN = 99
STYLE_PATH = "/style"
"""Below it is the operators' style sheet in its versions."""
UNSTYLED = frozenset({"appearance", "login"})
"""Pages without it: whatever it hides, they are there to change it back."""
SHAPES_KEPT = 512
FRAME_HOLES = ("title", "meta", "head", "header", "flash", "main", "aside", "footer")
MEMBER_HOLES = (*FRAME_HOLES, "csrf", "here", "unread", "keys")
FRAMES_NEED = ("title", "meta", "flash", "main")
MEMBERS_NEED = (*FRAMES_NEED, "csrf", "here")
"""Without these a theme's frame would lose something that readers need."""


def appearance_of(login: Login | None) -> Appearance:
    """How the reader wants pages to look, where they chose."""
    if login is None:
        return PLAIN
    chosen = (("theme", login.theme), ("density", login.density), ("motion", login.motion))
    return tuple((name, value) for name, value in chosen if value)


class WebSite:
    """One site's website."""

    def __init__(
        self,
        *,
        face: Callable[[], SiteFace],
        look: Look,
        nav: Nav,
        slots: Slots,
        plugins: Mapping[str, Any],
        problems: Mapping[str, str] | None = None,
        untranslated: Mapping[str, str] | None = None,
        recognises_below: tuple[str, ...] = (),
        picture_url: Callable[[str], str] = str,
    ) -> None:
        self.face = face
        """What the site says of itself, without asking the storage."""
        self._drawer = EmojiDrawer(NO_EMOJIS, picture_url)
        self.look = look
        self.problems = problems or {}
        """The plugins whose part of the website is left out, and why."""
        self.untranslated = untranslated or {}
        """The plugins whose texts stay English, and why."""
        self.nav = nav
        self.slots = slots
        self.kept = KeptPages()
        self.recognises_below = recognises_below
        self.picture_url = picture_url
        """Where a browser finds a file of the site's blob store."""
        self.shape = lru_cache(SHAPES_KEPT)(self._draw_shape)
        """What a post of a shape looks like in a locale, with holes for what is in it."""
        self._shared = {
            "x": plugins,
            "avatar": self._avatar,
            "picture_url": picture_url,
            "small_key": small_key,
        }

    @property
    def theme(self) -> str:
        """The plugin that the site's look comes from, empty where it is the own one."""
        return self.look.theme

    @property
    def title(self) -> str:
        """The site's name."""
        return self.face().title

    @property
    def description(self) -> str:
        """What the site is, in a line; may be empty."""
        return self.face().description

    @property
    def emojis(self) -> EmojiDrawer:
        """What draws the site's emojis as they are now."""
        emojis = self.face().emojis
        if self._drawer.emojis is not emojis:
            self._drawer = EmojiDrawer(emojis, self.picture_url)
        return self._drawer

    def render(self, name: str, locale: str, /, **context: Any) -> Markup:
        """Render a template with what every template of this site knows."""
        return self.look.render(name, locale, self._known(locale, context))

    def holes(
        self, name: str, locale: str, /, *, known: Collection[str], needed: Collection[str], **context: Any
    ) -> Holes:
        """Render a template that is filled later: no holes but the `known`, all the `needed`."""
        return self.look.holes(name, locale, self._known(locale, context), known=known, needed=needed)

    def _known(self, locale: str, context: dict[str, Any]) -> dict[str, Any]:
        """What every template of this site knows, and what this one is drawn with."""
        face, emojis = self.face(), self.emojis
        if locale != DEFAULT:
            forms = [(name, value) for name, value in context.items() if isinstance(value, Form)]
            context |= {name: form.explained(locale) for name, form in forms}
        return {
            **self._shared,
            "site_title": face.title,
            "site_description": face.description,
            "with_emojis": emojis.words,
            "rich": emojis.rich,
            "emoji_picture": emojis.picture,
            **context,
        }

    def _avatar(self, account: Account, large: bool = False) -> Markup:
        key = account.avatar if large else small_key(account.avatar)
        return avatar(account, self.picture_url(key) if key else "")

    async def page(self, view: View, page: Page) -> bytes:
        """A whole HTML document in UTF-8."""
        frame = self.frame(view, page.active)
        title = f"{page.title} · {self.title}" if page.title else self.title
        unread = await view.count_unread()
        values: dict[str, str] = {
            "title": escape(f"({_at_most(unread)}) {title}" if unread else title),
            "meta": self.render("web/meta.html", view.locale, page=page, title=title) if page.meta else "",
            "main": page.main,
            "aside": self._aside(view, page) + await self.slot(view, "sidebar"),
            "footer": await self.slot(view, "footer"),
            "head": await self.slot(view, "head"),
            "header": await self.slot(view, "header"),
            "flash": self._flash(view) if view.flash else "",
        }
        if view.me is not None:
            values["csrf"] = view.csrf
            values["here"] = escape(view.here)
            values["keys"] = "on" if view.shortcuts else "off"
            values["unread"] = self._badge(view, unread)
        return frame.fill(values).encode()

    def frame(self, view: View, active: str) -> Holes:
        """Everything around a page's content, drawn once for each reader and kept until their profile, what
        they may do, how they want pages to look, or what the site says of itself changes.
        """
        me, appearance = view.me, appearance_of(view.login)
        allowed = self.nav.allowed(view.ports.authoriser, view.actor)
        reader = f"{me.id}.{me.version}:{','.join(sorted(allowed))}" if me is not None else ""
        wishes = ".".join(value for _, value in appearance)
        key = f"frame:{self.theme}:{view.locale}:{active}:{reader}:{wishes}"
        kept = view.ports.cache.get(key)
        if isinstance(kept, Holes):
            return kept
        fill = view.ports.cache.fill()
        nav = self.nav.view(logged_in=me is not None, allowed=allowed)
        frame = self._draw_frame(
            view.locale, active, nav, me, appearance=appearance, style=self._style(active)
        )
        fill.put(key, frame, ("site",), size=frame.size)
        return frame

    def _draw_frame(
        self,
        locale: str,
        active: str,
        nav: NavView,
        me: Account | None,
        *,
        appearance: Appearance = PLAIN,
        style: str = "",
    ) -> Holes:
        known, needed = (MEMBER_HOLES, MEMBERS_NEED) if me is not None else (FRAME_HOLES, FRAMES_NEED)
        return self.holes(
            "web/layout.html",
            locale,
            known=known,
            needed=needed,
            me=me,
            nav=nav,
            active=active,
            icon_key=self.face().icon,
            appearance=appearance,
            style=style,
        )

    def bare(self, locale: str, title: str, main: Markup) -> bytes:
        """A whole page for somebody unknown, without asking the site anything (errors, shared forms)."""
        frame = self._draw_frame(locale, "", self.nav.view(logged_in=False), None)
        full = escape(f"{title} · {self.title}")
        robots = Markup('<meta name="robots" content="noindex">')
        values = dict.fromkeys(FRAME_HOLES, EMPTY)
        return frame.fill({**values, "title": full, "meta": robots, "main": main}).encode()

    def _style(self, active: str) -> str:
        """The address of the operators' style sheet; empty where there is none, and where it is left out."""
        style_id = self.face().style_id
        return f"{STYLE_PATH}/{style_id}.css" if style_id and active not in UNSTYLED else ""

    def _draw_shape(self, shape: Shape, locale: str) -> Holes:
        return self.holes("web/post.html", locale, known=POST_HOLES, needed=POSTS_NEED, shape=shape)

    def _aside(self, view: View, page: Page) -> Markup:
        if view.me is None and not page.newcomers:
            return EMPTY
        key = f"aside:{self.theme}:{view.locale}:{'member' if view.me else 'visitor'}"
        kept = view.ports.cache.get(key)
        if isinstance(kept, Markup):
            return kept
        fill = view.ports.cache.fill()
        aside = self.render("web/members.html" if view.me else "web/newcomers.html", view.locale)
        fill.put(key, aside, ("site",), size=len(aside))
        return aside

    async def slot(self, view: View, place: SlotPlace, item: object = None) -> Markup:
        """What plugins draw into a place that exists once a page, about `item` where the place has one."""
        if not self.slots.has(place):
            return EMPTY
        context = SlotContext(place=place, locale=view.locale, now=view.now, viewer=view.me)
        return (await self.slots.render(context, (item,)))[0]

    def _flash(self, view: View) -> Markup:
        return self.render("web/flash.html", view.locale, messages=view.flash)

    def _badge(self, view: View, unread: int) -> str:
        """Also drawn while there is nothing, hidden, for the script to fill."""
        hidden = "" if unread else " hidden"
        word = escape(view.translate("unread"))
        return f'<b class="count"{hidden}>{_at_most(unread)}<span class="vh"> {word}</span></b>'


def _at_most(unread: int) -> str:
    return str(unread) if unread <= UNREAD_SHOWN else f"{UNREAD_SHOWN}+"
