"""Invitations: make links, see who came by them, revoke them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Invalid, RateLimited
from microblog_core.domain.signing_up import Invitation
from microblog_core.http.scope import base_url_of
from microblog_core.services.invitations import (
    EndInvitation,
    MakeInvitation,
    list_invitations,
    make_invitation,
    may_invite,
    read_invited,
    revoke_invitation,
)
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.requests import (
    Sendable,
    flash,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/invites"
FIELDS = ("uses_max", "lasts", "follows")
HOUR = 3600
USES = ("1", "5", "10", "25", "100", "0")
LASTS = (
    (str(HOUR), mark("1 hour")),
    (str(24 * HOUR), mark("1 day")),
    (str(7 * 24 * HOUR), mark("7 days")),
    (str(30 * 24 * HOUR), mark("30 days")),
    ("0", mark("Without an end")),
)


@get(PATH)
async def invites(request: Request[Any, Any, Any]) -> Sendable:
    """The own invitations, newest first."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, request, Form({"uses_max": "1", "lasts": LASTS[2][0]}))


@post(PATH)
async def make(request: Request[Any, Any, Any]) -> Sendable:
    """Make a link."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        command = MakeInvitation(
            uses_max=_number(values, "uses_max"),
            lasts=_number(values, "lasts"),
            follows=bool(values.get("follows")),
        )
        await make_invitation(view.ports, view.actor, command)
    except (Invalid, Conflict, RateLimited) as error:
        return await _page(view, request, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status)
    flash(request, view.translate("The invitation is made. Copy its link from the list."))
    return see_other(PATH)


@post(f"{PATH}/revoke")
async def revoke(request: Request[Any, Any, Any]) -> Sendable:
    """Let nobody come by a link any more."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = EndInvitation(invitation_id=post_id_from(values.get("invitation", "")))
    await revoke_invitation(view.ports, view.actor, command)
    flash(request, view.translate("The invitation is revoked."))
    return see_other(PATH)


@get(PATH + "/{text:str}")
async def who(request: Request[Any, Any, Any], text: FromPath[str]) -> Sendable:
    """Who came by an own invitation."""
    scope = scope_of(request)
    view = await view_of(scope)
    needs_login(view)
    invitation_id = post_id_from(text)
    came = await read_invited(view.ports, view.actor, invitation_id, listing_page(scope))
    main = view.web.render(
        "web/invited.html", view.locale, came=came.items, pages=neighbours(f"{PATH}/{invitation_id}", came)
    )
    return await answer_settings(view, "invites", main)


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Invalid(fields={name: "Choose one from the list."})
    return int(text)


async def _page(view: View, request: Request[Any, Any, Any], form: Form, status: int = 200) -> Answer:
    scope = scope_of(request)
    page = listing_page(scope)
    found = await list_invitations(view.ports, view.actor, page)

    def address(each: Invitation) -> str:
        return f"{base_url_of(scope)}/invite/{each.code}"

    main = view.web.render(
        "web/invites.html",
        view.locale,
        form=form,
        allowed=may_invite(view.ports, view.actor),
        invitations=found.items,
        pages=neighbours(PATH, found),
        address=address,
        uses=[(each, each if each != "0" else view.translate("Any number")) for each in USES],
        lasts=[(value, view.translate(label)) for value, label in LASTS],
        csrf=view.csrf,
        now=view.now,
    )
    return await answer_settings(view, "invites", main, status)


HANDLERS = (invites, make, revoke, who)
