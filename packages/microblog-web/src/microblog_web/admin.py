"""The frame of the pages for moderators and above: one row of tabs, of which everybody sees what their role
allows.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import Request
from markupsafe import Markup

from microblog_core.domain.timelines import Listing
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import answer_page, needs_login, scope_of, view_of
from microblog_web.responses import Answer
from microblog_web.views import View


class Tab(NamedTuple):
    """A link of the frame, for who has the permission."""

    key: str
    label: str
    href: str
    permission: str


TABS = (
    Tab("reports", mark("Reports"), "/admin/reports", "reports.read"),
    Tab("appeals", mark("Appeals"), "/admin/appeals", "accounts.moderate"),
    Tab("accounts", mark("Accounts"), "/admin/accounts", "accounts.moderate"),
    Tab("audit", mark("Audit log"), "/admin/audit", "audit.read"),
    Tab("statistics", mark("Statistics"), "/admin/statistics", "statistics.read"),
    Tab("jobs", mark("Jobs"), "/admin/jobs", "jobs.manage"),
    Tab("campaigns", mark("Campaigns"), "/admin/campaigns", "campaigns.manage"),
    Tab("webhooks", mark("Webhooks"), "/settings/webhooks", "webhooks.manage"),
)


def tabs_for(view: View) -> list[Tab]:
    """The tabs that this reader may open."""
    return [tab for tab in TABS if view.ports.authoriser.allows(view.actor, tab.permission)]


async def staff_view(request: Request[Any, Any, Any], permission: str) -> View:
    """The view of somebody with this permission. Raises `Unauthenticated`, `Forbidden`."""
    view = await view_of(scope_of(request))
    needs_login(view)
    view.ports.authoriser.check(view.actor, permission)
    return view


async def answer_admin(view: View, tab: str, title: str, content: Markup, status: int = 200) -> Answer:
    """A page of the frame."""
    main = view.web.render("web/admin/frame.html", view.locale, tab=tab, tabs=tabs_for(view), content=content)
    return await answer_page(view, Page(title=title, main=main, active="admin"), status)


def linked(path: str, listing: Listing[Any], query: dict[str, str]) -> dict[str, str]:
    """The links around a page of a listing that keep what was asked for."""
    kept = {name: value for name, value in query.items() if value}

    def link(**cursor: object) -> str:
        text = urlencode({**kept, **cursor})
        return f"{path}?{text}" if text else path

    return {
        "older": link(max_id=listing.older) if listing.older is not None else "",
        "newer": link(min_id=listing.newer) if listing.newer is not None else "",
        "newest": link(),
    }
