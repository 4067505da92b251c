"""The pages for moderators and operators: which there are, who may see which, and the frame around them.

A page is one entry in `ENTRIES`, and is answered by `answer_admin` with the entry's key. Plugins add theirs
as `NavItem(place="admin", permission=...)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request
from markupsafe import Markup

from microblog_core.domain.timelines import Listing
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.paying import check_takes_money, takes_money
from microblog_web.requests import answer_page, needs_login, scope_of, view_of
from microblog_web.responses import Answer
from microblog_web.views import View

DASHBOARD = "dashboard.read"
OPERATIONS = "operations.read"


class AdminEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A page below `/admin`; `permission` is needed to see it. One about `money` is there where the site
    takes any.
    """

    key: str
    path: str
    label: str
    permission: str
    money: bool = False


ENTRIES = (
    AdminEntry(key="dashboard", path="/admin", label=mark("Overview"), permission=DASHBOARD),
    AdminEntry(key="reports", path="/admin/reports", label=mark("Reports"), permission="reports.read"),
    AdminEntry(key="appeals", path="/admin/appeals", label=mark("Appeals"), permission="accounts.moderate"),
    AdminEntry(
        key="approvals", path="/admin/approvals", label=mark("Approvals"), permission="accounts.approve"
    ),
    AdminEntry(
        key="accounts", path="/admin/accounts", label=mark("Accounts"), permission="accounts.moderate"
    ),
    AdminEntry(key="audit", path="/admin/audit", label=mark("Audit log"), permission="audit.read"),
    AdminEntry(
        key="mail-blocks",
        path="/admin/mail-blocks",
        label=mark("Blocked mail"),
        permission="mail_blocks.manage",
    ),
    AdminEntry(key="site", path="/admin/site", label=mark("Site"), permission="site.manage"),
    AdminEntry(
        key="appearance", path="/admin/appearance", label=mark("Appearance"), permission="site.manage"
    ),
    AdminEntry(
        key="announcements",
        path="/admin/announcements",
        label=mark("Announcements"),
        permission="announcements.manage",
    ),
    AdminEntry(key="emojis", path="/admin/emojis", label=mark("Emojis"), permission="emojis.manage"),
    AdminEntry(key="media", path="/admin/media", label=mark("Pictures"), permission="media.manage"),
    AdminEntry(
        key="statistics", path="/admin/statistics", label=mark("Statistics"), permission="statistics.read"
    ),
    AdminEntry(key="jobs", path="/admin/jobs", label=mark("Jobs"), permission="jobs.manage"),
    AdminEntry(
        key="campaigns", path="/admin/campaigns", label=mark("Campaigns"), permission="campaigns.manage"
    ),
    AdminEntry(
        key="payments",
        path="/admin/payments",
        label=mark("Payments"),
        permission="payments.view",
        money=True,
    ),
    AdminEntry(
        key="ledger", path="/admin/ledger", label=mark("Ledger"), permission="payments.view", money=True
    ),
    AdminEntry(
        key="gateways", path="/admin/gateways", label=mark("Gateways"), permission="payments.view", money=True
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
    money = takes_money(view.ports)
    own = [entry for entry in ENTRIES if (money or not entry.money) and allows(view.actor, entry.permission)]
    return own + added


async def admin_view(request: Request[Any, Any, Any], permission: str) -> View:
    """The view of somebody who has this permission. Raises `Unauthenticated`, `Forbidden`."""
    return _checked(await view_of(scope_of(request)), permission)


async def money_view(request: Request[Any, Any, Any], permission: str) -> View:
    """The same on a site that takes money. Raises `NotFound` on any other."""
    view = await view_of(scope_of(request))
    check_takes_money(view)
    return _checked(view, permission)


def _checked(view: View, permission: str) -> View:
    needs_login(view)
    view.ports.authoriser.check(view.actor, permission)
    return view


async def answer_admin(
    view: View,
    key: str,
    title: str,
    content: Markup,
    status: int = 200,
    *,
    heading: str = "",
    active: str = "admin",
) -> Answer:
    """A page below the tabs of `/admin`; `key` is its entry's. The content has its own heading, or `heading`
    stands above it.
    """
    main = view.web.render(
        "web/admin/frame.html",
        view.locale,
        tabs=admin_tabs(view),
        tab=key,
        heading=heading,
        content=content,
    )
    return await answer_page(view, Page(title=title, main=main, active=active), status)


async def answer_tab(
    view: View, key: str, main: Markup, status: int = 200, *, active: str = "admin"
) -> Answer:
    """A page that is called as its tab is."""
    title = view.translate(next(entry.label for entry in ENTRIES if entry.key == key))
    return await answer_admin(view, key, title, main, status, heading=title, active=active)


def linked(path: str, listing: Listing[Any], query: Mapping[str, str]) -> dict[str, str]:
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
