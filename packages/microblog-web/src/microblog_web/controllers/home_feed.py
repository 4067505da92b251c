"""The private feed of a home timeline, and the settings page on which its address is made and ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Request, get, post

from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.permissions import Actor
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import base_url_of, query_of, site_of
from microblog_core.services.filtering import apply_filters
from microblog_core.services.timelines import read_home
from microblog_web.controllers.feeds import NOT_INDEXED, addresses_of, draw_feed, feed_of
from microblog_web.controllers.settings import answer_settings
from microblog_web.documents import VARY, public_view
from microblog_web.feeds import FORMATS
from microblog_web.home_feeds import PURPOSE, end_address, make_address, owner_of, read_token
from microblog_web.requests import (
    Kept,
    Sendable,
    flash,
    listing_page,
    needs_login,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import see_other

PATH = "/settings/feeds"
_PRIVATE = b"private, no-cache"


@get([f"/feeds/home.{end}" for end in FORMATS])
async def home(request: Request[Any, Any, Any]) -> Sendable:
    """What the owner of the token sees at home. Cookies decide nothing here."""
    scope = scope_of(request)
    view, token = public_view(scope), query_of(scope).get("token", "")
    account = await owner_of(view.ports, token, site_of(scope).secrets(PURPOSE))
    view = replace(view, actor=Actor(account=account))
    listing = await read_home(view.ports, view.actor, listing_page(scope))
    listing = await apply_filters(view.ports, view.actor, listing, FilterContext.HOME)
    feed = feed_of(
        scope,
        addresses_of(scope, view),
        listing,
        title=view.translate("%(site)s: home of @%(name)s", site=view.web.title, name=account.acct),
        description=view.translate("Posts of the people you follow. Keep the address of this feed secret."),
        page="/",
        began=account.created_at,
        query=f"token={token}",
    )
    body, content_type = draw_feed(scope, feed)
    page = KeptPage(body, content_type=content_type, vary=VARY, fields=(NOT_INDEXED,), cache_control=_PRIVATE)
    return Kept(page)


@get(PATH)
async def settings(request: Request[Any, Any, Any]) -> Sendable:
    """The addresses of the reader's feeds."""
    scope = scope_of(request)
    view = await view_of(scope)
    me = needs_login(view)
    token = await read_token(view.ports, view.actor, site_of(scope).secrets(PURPOSE))
    main = view.web.render(
        "web/settings/feeds.html",
        view.locale,
        csrf=view.csrf,
        me=me,
        base=base_url_of(scope),
        token=token,
    )
    return await answer_settings(view, "feeds", main)


@post(PATH)
async def change(request: Request[Any, Any, Any]) -> Sendable:
    """A new address for the home feed, or none."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    do = values.get("do", "")
    if do == "make":
        await make_address(view.ports, view.actor)
        flash(request, view.translate("Your feed has a new address. Any earlier one has ended."))
    elif do == "end":
        await end_address(view.ports, view.actor)
        flash(request, view.translate("Your home feed is ended."))
    else:
        raise NotFound("There is no such button.", hint="Reload the page and try again.")
    return see_other(PATH)


HANDLERS = (home, settings, change)
