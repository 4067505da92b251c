"""The pages for moderators and operators: which there are, who may see which, and the frame around them.

A page is one entry in `ENTRIES`, and is answered by `answer_admin` with the entry's key. Plugins add theirs
as `NavItem(place="admin", permission=...)`.
"""

from __future__ import annotations

import msgspec
from litestar import Request
from markupsafe import Markup

from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import answer_page, needs_login, scope_of, view_of
from microblog_web.responses import Answer
from microblog_web.views import View

DASHBOARD = "dashboard.read"
OPERATIONS = "operations.read"


class AdminEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A page below `/admin`; `permission` is needed to see it."""

    key: str
    path: str
    label: str
    permission: str


ENTRIES = (
    AdminEntry(key="dashboard", path="/admin", label=mark("Overview"), permission=DASHBOARD),
    AdminEntry(
        key="statistics", path="/admin/statistics", label=mark("Statistics"), permission="statistics.read"
    ),
    AdminEntry(key="jobs", path="/admin/jobs", label=mark("Jobs"), permission="jobs.manage"),
    AdminEntry(
        key="campaigns", path="/admin/campaigns", label=mark("Campaigns"), permission="campaigns.manage"
    ),
    AdminEntry(key="webhooks", path="/admin/webhooks", label=mark("Web hooks"), permission="webhooks.manage"),
    AdminEntry(key="plugins", path="/admin/plugins", label=mark("Plugins"), permission=OPERATIONS),
    AdminEntry(key="health", path="/admin/health", label=mark("Health"), permission=OPERATIONS),
)


def admin_tabs(view: View) -> list[AdminEntry]:
    """The pages that somebody may see, those of plugins last."""
    allows = view.ports.authoriser.allows
    nav = view.web.nav.view(
        logged_in=view.me is not None, allowed=view.web.nav.allowed(view.ports.authoriser, view.actor)
    )
    added = [
        AdminEntry(key=item.key, path=item.href, label=item.label, permission=item.permission)
        for item in nav.admin
    ]
    return [entry for entry in ENTRIES if allows(view.actor, entry.permission)] + added


async def admin_view(request: Request, permission: str) -> View:  # type: ignore[type-arg]
    """The view of somebody who has this permission. Raises `Unauthenticated`, `Forbidden`."""
    view = await view_of(scope_of(request))
    needs_login(view)
    view.ports.authoriser.check(view.actor, permission)
    return view


async def answer_admin(view: View, key: str, title: str, content: Markup, status: int = 200) -> Answer:
    """A page below the tabs of `/admin`; `key` is its entry's."""
    main = view.web.render(
        "web/admin/frame.html", view.locale, tabs=admin_tabs(view), tab=key, content=content
    )
    return await answer_page(view, Page(title=title, main=main, active="admin"), status)
