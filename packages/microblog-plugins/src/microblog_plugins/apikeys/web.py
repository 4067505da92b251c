"""The page in the settings where people make and revoke their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar import Request, get, post

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.ids import parse_id
from microblog_core.http.scope import site_of
from microblog_core.i18n import mark
from microblog_core.plugins.marks import implements
from microblog_plugins.apikeys.keys import (
    DEFAULT_DAYS,
    NAME_LENGTH,
    MakeKey,
    NewKey,
    list_keys,
    make_key,
    revoke_own_key,
)
from microblog_plugins.apikeys.plugin import PLUGIN, settings_of
from microblog_plugins.apikeys.scopes import offered
from microblog_web import hookspecs
from microblog_web.contributions import NavItem, TemplateFolder
from microblog_web.kit import (
    Answer,
    Form,
    Sendable,
    View,
    answer_settings,
    flash,
    needs_login,
    scope_of,
    see_other,
    sent_form,
    view_of,
)

if TYPE_CHECKING:
    from microblog_core.site import Site

__all__ = ["PLUGIN"]

PATH = "/x/apikeys"
API = "api"
FIELDS = ("name", "scopes", "days")
DAYS = (30, 90, 365)


@implements(hookspecs.register_templates)
def register_templates() -> Iterable[TemplateFolder]:
    """The page."""
    return (TemplateFolder(path=Path(__file__).parent / "templates"),)


@implements(hookspecs.register_routes)
def register_routes() -> Iterable[object]:
    """The page and its forms."""
    return (keys, make, revoke)


@implements(hookspecs.register_nav_items)
def register_nav_items(site: Site) -> Iterable[NavItem]:
    """A tab of the settings, where there is an API for the keys."""
    if not any(plugin.name == API and plugin.state == "active" for plugin in site.report):
        return ()
    return (
        NavItem(key="settings-apikeys", label=mark("API keys"), href=PATH, place="settings", show="member"),
    )


@get("/")
async def keys(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's keys."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, request)


@post("/")
async def make(request: Request[Any, Any, Any]) -> Sendable:
    """Make a key; it is shown on the page that answers, and never again."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    site = site_of(scope_of(request))
    settings, scopes = settings_of(site), offered(site)
    days = values.get("days", "")
    command = MakeKey(
        name=values.get("name", ""),
        scopes=[scope for scope in scopes if values.get(f"scope-{scope}")],
        offered=scopes,
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else -1,
        longest_days=settings.longest_days,
        most=settings.most,
    )
    try:
        made = await make_key(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        form = Form.rejected(_typed(values, scopes), error, FIELDS)
        return await _page(view, request, form=form, status=error.status)
    return await _page(view, request, made=made)


@post("/revoke")
async def revoke(request: Request[Any, Any, Any]) -> Sendable:
    """End a key."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await revoke_own_key(view.ports, view.actor, parse_id(values.get("key", "")) or 0)
    flash(request, view.translate("The key is revoked. Programs that use it are refused from now on."))
    return see_other(PATH)


def _typed(values: Mapping[str, str], scopes: Iterable[str]) -> dict[str, str]:
    names = ("name", "days", *(f"scope-{scope}" for scope in scopes))
    return {name: values.get(name, "") for name in names}


async def _page(
    view: View,
    request: Request[Any, Any, Any],
    *,
    form: Form | None = None,
    made: NewKey | None = None,
    status: int = 200,
) -> Answer:
    site = site_of(scope_of(request))
    settings = settings_of(site)
    entries = await list_keys(view.ports, view.actor)
    main = view.web.render(
        "apikeys/keys.html",
        view.locale,
        path=PATH,
        form=form or Form({"days": str(DEFAULT_DAYS)}, fields=FIELDS),
        entries=entries,
        made=made,
        scopes=offered(site),
        lives=_lives(view, settings.longest_days),
        most=settings.most,
        name_length=NAME_LENGTH,
        csrf=view.csrf,
    )
    return await answer_settings(view, "apikeys", main, status)


def _lives(view: View, longest: int) -> list[tuple[str, str]]:
    """How long keys may live, as choices."""
    lasting = [days for days in DAYS if not longest or days < longest]
    choices = [
        (str(days), view.count("%(number)s day", "%(number)s days", days))
        for days in (*lasting, *([longest] if longest else []))
    ]
    return choices if longest else [*choices, ("0", view.translate("Until I revoke it"))]
