"""What the pages for administrators share: their tabs, and who may open them."""

from __future__ import annotations

from typing import Any

from litestar import Request
from markupsafe import Markup

from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import answer_page, needs_login, scope_of, view_of
from microblog_web.responses import Answer
from microblog_web.views import View

TABS = (
    ("site", mark("Site"), "/admin/site", "site.manage"),
    ("appearance", mark("Appearance"), "/admin/appearance", "site.manage"),
    ("announcements", mark("Announcements"), "/admin/announcements", "announcements.manage"),
    ("emojis", mark("Emojis"), "/admin/emojis", "emojis.manage"),
    ("media", mark("Pictures"), "/admin/media", "media.manage"),
)


async def administrator(request: Request[Any, Any, Any], permission: str) -> View:
    """The view of somebody with this permission. Raises `Unauthenticated`, `Forbidden`."""
    view = await view_of(scope_of(request))
    needs_login(view)
    view.ports.authoriser.check(view.actor, permission)
    return view


def is_administrator(view: View) -> bool:
    """Whether the reader may open any of these pages."""
    return view.me is not None and any(view.ports.authoriser.allows(view.actor, each[3]) for each in TABS)


async def answer_tab(view: View, tab: str, main: Markup, status: int = 200, *, active: str = "") -> Answer:
    """A page below the tabs that its reader may open."""
    tabs = [each for each in TABS if view.ports.authoriser.allows(view.actor, each[3])]
    framed = view.web.render("web/admin/frame.html", view.locale, tabs=tabs, tab=tab, content=main)
    title = view.translate(next(each[1] for each in TABS if each[0] == tab))
    return await answer_page(view, Page(title=title, main=framed, active=active), status)
