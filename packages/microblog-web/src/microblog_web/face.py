"""The website's own web face: its templates, its static files and its navigation come in through the hooks
that anybody uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from microblog_core.domain.signing_up import Inviters, Registrations
from microblog_core.plugins.marks import implements
from microblog_core.ports.storage import SEARCH
from microblog_web import hookspecs
from microblog_web.contributions import NavItem, StaticFolder, TemplateFolder
from microblog_web.i18n import mark
from microblog_web.paying import HISTORY, takes_money

if TYPE_CHECKING:
    from microblog_core.site import Site

API = "api"
_HERE = Path(__file__).parent


@implements(hookspecs.register_templates)
def register_templates() -> Iterable[TemplateFolder]:
    """The pages."""
    return (TemplateFolder(path=_HERE / "templates"),)


@implements(hookspecs.register_static)
def register_static() -> Iterable[StaticFolder]:
    """The look, and a small script."""
    return (
        StaticFolder(
            path=_HERE / "static",
            styles=(
                "site.css",
                "social.css",
                "account.css",
                "moderation.css",
                "manage.css",
                "admin.css",
                "live.css",
                "archives.css",
                "everyone.css",
                "paying.css",
            ),
            scripts=("site.js",),
        ),
    )


def _settings(site: Site) -> Iterable[NavItem]:
    pages = [
        ("profile", mark("Profile"), "/settings/profile"),
        ("account", mark("Account"), "/settings/account"),
        ("preferences", mark("Preferences"), "/settings/preferences"),
        ("notifications", mark("Notifications"), "/settings/notifications"),
        ("filters", mark("Filters"), "/filters"),
        ("mutes", mark("Muted"), "/mutes"),
        ("blocks", mark("Blocked"), "/blocks"),
        ("sessions", mark("Sessions"), "/settings/sessions"),
        ("feeds", mark("Feeds"), "/settings/feeds"),
        ("decisions", mark("Moderation"), "/settings/decisions"),
        ("export", mark("Export"), "/settings/export"),
        ("import", mark("Import"), "/settings/import"),
    ]
    if site.config.invitations == Inviters.MEMBERS and site.config.registrations != Registrations.CLOSED:
        pages.append(("invites", mark("Invitations"), "/invites"))
    if takes_money(site.ports):
        pages.append(("payments", mark("Payments"), HISTORY))
        pages.append(("earning", mark("Being paid"), "/settings/earning"))
    if any(plugin.name == API and plugin.state == "active" for plugin in site.report):
        # A page that the API draws by itself, so that it is there without the website too.
        pages.append(("applications", mark("Applications"), "/oauth/authorized_applications"))
    for order, (key, label, href) in enumerate(pages, 1):
        yield NavItem(
            key=f"settings-{key}", label=label, href=href, place="settings", show="member", order=order
        )


def _search(site: Site) -> Iterable[NavItem]:
    if SEARCH in site.ports.storage.capabilities:
        yield NavItem(key="search", label=mark("Search"), href="/search", icon="search", order=25)


@implements(hookspecs.register_nav_items)
def register_nav_items(site: Site) -> Iterable[NavItem]:
    """Where people go most, and the pages of the settings."""
    return (
        *_settings(site),
        NavItem(key="home", label=mark("Home"), href="/", icon="home", order=10, show="member"),
        NavItem(key="public", label=mark("Explore"), href="/public", icon="globe", order=20),
        *_search(site),
        NavItem(
            key="notifications",
            label=mark("Notifications"),
            href="/notifications",
            icon="bell",
            order=30,
            show="member",
            badge=True,
        ),
        NavItem(
            key="settings",
            label=mark("Settings"),
            href="/settings/profile",
            icon="sliders",
            order=40,
            show="member",
        ),
        NavItem(
            key="conversations",
            label=mark("Conversations"),
            href="/conversations",
            icon="mail",
            place="account",
            order=10,
            show="member",
        ),
        NavItem(
            key="collections",
            label=mark("Collections"),
            href="/bookmarks",
            icon="bookmark",
            place="account",
            order=20,
            show="member",
        ),
        NavItem(
            key="admin",
            label=mark("Administration"),
            href="/admin",
            icon="people",
            place="account",
            order=30,
            show="member",
            permission="dashboard.read",
        ),
        NavItem(key="about", label=mark("About"), href="/about", icon="info", order=50, show="anonymous"),
        NavItem(
            key="login", label=mark("Log in"), href="/login", icon="in", place="account", show="anonymous"
        ),
        NavItem(key="about-footer", label=mark("About"), href="/about", place="footer"),
        NavItem(key="public-footer", label=mark("Public timeline"), href="/public", place="footer"),
    )
