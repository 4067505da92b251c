"""The page in the settings where people link log-ins at providers with their account, and the address that
providers send everybody back to.

Linking begins by a link, like logging in, and changes nothing before a form is sent: what is to be linked is
shown first, and their password or a log-in of just now is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.http.cookies import delete_cookie, read_cookies, set_cookie
from microblog_core.http.scope import query_of, site_of
from microblog_core.http.signing import seal, unseal
from microblog_core.i18n import mark
from microblog_core.plugins.marks import implements
from microblog_plugins.oidc.errors import NotIn
from microblog_plugins.oidc.identity import Identity
from microblog_plugins.oidc.links import (
    TAKEN,
    AddLink,
    RemoveLink,
    account_of,
    add_link,
    links_of,
    remove_link,
)
from microblog_plugins.oidc.names import PATH, return_address
from microblog_plugins.oidc.plugin import PLUGIN, labels_of, settings_of, ways_of
from microblog_plugins.oidc.provider import Begun
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
    from microblog_plugins.oidc.method import ProviderLogin

__all__ = ["PLUGIN"]

COOKIE = "microblog_oidc_link"
FIELDS = ("password",)
MILLISECONDS = 10 * 60 * 1000

_AWAY, _SEEN = "oidc linking", "oidc linking seen"
_ANSWERS = ("state", "code", "iss", "error")
_STALE = mark("This took too long. Begin again.")


class _Away(msgspec.Struct, frozen=True):
    """Somebody is at a provider, to link it; this goes through a cookie, signed."""

    provider: str
    begun: Begun


class _Seen(msgspec.Struct, frozen=True):
    """They came back as this identity; this goes through the page, signed."""

    provider: str
    identity: Identity


@implements(hookspecs.register_templates)
def register_templates() -> Iterable[TemplateFolder]:
    """The pages."""
    return (TemplateFolder(path=Path(__file__).parent / "templates"),)


@implements(hookspecs.register_routes)
def register_routes() -> Iterable[object]:
    """The pages, their forms, and the way back."""
    return (show, begin, come_back, link, unlink)


@implements(hookspecs.register_nav_items)
def register_nav_items(site: Site) -> Iterable[NavItem]:
    """A tab of the settings, where the site has a provider."""
    if not settings_of(site).providers:
        return ()
    return (
        NavItem(
            key="settings-oidc", label=mark("Log-in providers"), href=PATH, place="settings", show="member"
        ),
    )


@get("/")
async def show(request: Request[Any, Any, Any]) -> Sendable:
    """What is linked, and what can be."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, request)


@get("/link/{name:str}")
async def begin(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """Send somebody who is logged in to a provider."""
    scope = scope_of(request)
    view = await view_of(scope)
    needs_login(view)
    way, site = _way(request, name), site_of(scope)
    try:
        url, begun = await (await way.provider.get()).begin(return_address(site, name))
    except NotIn as error:
        flash(request, view.explain(str(error)), "error")
        return see_other(PATH)
    sealed = seal(
        site.secret(_AWAY),
        _Away(name, begun),
        expires_at=view.now + MILLISECONDS,
        bound_to=view.token_hash,
    )
    set_cookie(scope, COOKIE, sealed, max_age=MILLISECONDS // 1000)
    return Answer(status=303, headers=((b"location", url.encode()), (b"cache-control", b"no-store")))


@get("/callback/{name:str}")
async def come_back(request: Request[Any, Any, Any], name: FromPath[str]) -> Sendable:
    """Where a provider sends people back to: who links goes on here, everybody else with logging in."""
    scope = scope_of(request)
    way, query = _way(request, name), query_of(scope)
    view = await view_of(scope)
    away = _away(request, view)
    if away is None or away.begun.state != query.get("state"):
        given = {key: query[key] for key in _ANSWERS if key in query}
        # Without an answer in it, this would begin a log-in.
        return see_other(f"/login/{way.name}?{urlencode({'state': '', **given})}")
    delete_cookie(scope, COOKIE)
    if away.provider != name:
        flash(request, view.translate(_STALE), "error")
        return see_other(PATH)
    try:
        provider = await way.provider.get()
        identity = await provider.come_back(query, away.begun, return_address(site_of(scope), name))
    except NotIn as error:
        flash(request, view.explain(str(error)), "error")
        return see_other(PATH)
    if await account_of(view.ports, identity) is not None:
        flash(request, view.translate(TAKEN), "error")
        return see_other(PATH)
    return await _ask(view, request, _Seen(name, identity))


@post("/link")
async def link(request: Request[Any, Any, Any]) -> Sendable:
    """Link what was seen."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    seen = _seen(request, view, values)
    if seen is None:
        flash(request, view.translate(_STALE), "error")
        return see_other(PATH)
    command = AddLink(
        provider=seen.provider,
        identity=seen.identity,
        password=values.get("password", ""),
        labels=labels_of(site_of(scope_of(request))),
    )
    try:
        await add_link(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        form = Form.rejected({}, error, FIELDS)
        return await _ask(view, request, seen, form=form, status=error.status)
    shown = _way(request, seen.provider).shown
    flash(request, view.translate("You can log in with %(provider)s from now on.", provider=shown))
    return see_other(PATH)


@post("/unlink")
async def unlink(request: Request[Any, Any, Any]) -> Sendable:
    """End a link."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = RemoveLink(
        key=values.get("link", ""),
        password=values.get("password", ""),
        keep_token_hash=view.token_hash,
        labels=labels_of(site_of(scope_of(request))),
    )
    try:
        await remove_link(view.ports, view.actor, command)
    except NotFound as error:
        flash(request, view.explain(error), "error")
        return see_other(PATH)
    except (Invalid, RateLimited) as error:
        form = Form.rejected({}, error, FIELDS)
        return await _page(view, request, form=form, status=error.status)
    flash(request, view.translate("The link is gone. You are logged out everywhere else."))
    return see_other(PATH)


def _way(request: Request[Any, Any, Any], name: str) -> ProviderLogin:
    """The way to log in by this provider. Raises `NotFound`."""
    for way in ways_of(site_of(scope_of(request))):
        if way.provider_name == name:
            return way
    raise NotFound("There is no such provider.")


def _away(request: Request[Any, Any, Any], view: View) -> _Away | None:
    sealed = read_cookies(scope_of(request)).get(COOKIE, "")
    if not sealed or not view.token_hash:
        return None
    secrets = site_of(scope_of(request)).secrets(_AWAY)
    return unseal(secrets, sealed, _Away, now=view.now, bound_to=view.token_hash)


def _seen(request: Request[Any, Any, Any], view: View, values: Mapping[str, str]) -> _Seen | None:
    secrets = site_of(scope_of(request)).secrets(_SEEN)
    return unseal(secrets, values.get("seen", ""), _Seen, now=view.now, bound_to=view.token_hash)


async def _ask(
    view: View,
    request: Request[Any, Any, Any],
    seen: _Seen,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Answer:
    main = view.web.render(
        "oidc/link.html",
        view.locale,
        path=PATH,
        form=form or Form(fields=FIELDS),
        provider=_way(request, seen.provider).shown,
        shown=seen.identity.shown,
        me=needs_login(view),
        seen=seal(
            site_of(scope_of(request)).secret(_SEEN),
            seen,
            expires_at=view.now + MILLISECONDS,
            bound_to=view.token_hash,
        ),
        proof=view.proof,
        csrf=view.csrf,
    )
    return await answer_settings(view, "oidc", main, status)


async def _page(
    view: View, request: Request[Any, Any, Any], *, form: Form | None = None, status: int = 200
) -> Answer:
    site = site_of(scope_of(request))
    shown = labels_of(site)
    linked = (await links_of(view.ports, needs_login(view).id)).links
    main = view.web.render(
        "oidc/links.html",
        view.locale,
        path=PATH,
        form=form or Form(fields=FIELDS),
        links=[(each, shown.get(each.provider, each.provider)) for each in linked],
        ways=ways_of(site),
        proof=view.proof,
        csrf=view.csrf,
    )
    return await answer_settings(view, "oidc", main, status)
