"""The web face: a page of the settings where people say who they are on IRC."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from litestar import Request, get, post

from microblog_core.domain.errors import Invalid
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_irc.addresses import ChooseNick, address_of, choose_nick
from microblog_web import hookspecs
from microblog_web.contributions import NavItem, TemplateFolder
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.requests import Sendable, flash, needs_login, scope_of, sent_form, view_of
from microblog_web.responses import see_other
from microblog_web.views import View

PATH = "/x/irc/address"


async def _page(view: View, form: Form, status: int = 200) -> Sendable:
    main = view.web.render("irc/address.html", view.locale, form=form, csrf=view.csrf, path=PATH)
    return await answer_settings(view, "irc", main, status)


@get("/address")
async def show(request: Request[Any, Any, Any]) -> Sendable:
    """Who the reader is on IRC."""
    view = await view_of(scope_of(request))
    address = await address_of(view.ports, needs_login(view).id)
    return await _page(view, Form({"nick": address.nick if address is not None else ""}, fields=("nick",)))


@post("/address")
async def change(request: Request[Any, Any, Any]) -> Sendable:
    """Be somebody else there, or nobody."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        await choose_nick(view.ports, view.actor, ChooseNick(nick=values.get("nick", "")))
    except Invalid as error:
        return await _page(view, Form.rejected(values, error, ("nick",)), error.status)
    flash(request, "Saved. What you are told of there stands under Settings, Notifications.")
    return see_other(PATH)


@implements(hookspecs.register_routes)
def routes() -> Iterable[object]:
    return [show, change]


@implements(hookspecs.register_templates)
def templates() -> Iterable[TemplateFolder]:
    return [TemplateFolder(path=Path(__file__).parent / "templates")]


@implements(hookspecs.register_nav_items)
def nav_items(site: Site) -> Iterable[NavItem]:
    return [NavItem(key="settings-irc", label="IRC", href=PATH, place="settings", show="member", order=60)]
