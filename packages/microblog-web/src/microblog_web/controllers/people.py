"""How one stands to somebody: follow, block, mute, and back again; who asks to follow, who is blocked or
muted. Buttons lead back to their page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.permissions import Actor
from microblog_core.domain.relations import Related, Relationship
from microblog_core.domain.timelines import Listing
from microblog_core.ports.context import Ports
from microblog_core.services.relations import (
    MuteCommand,
    RelationCommand,
    block,
    follow,
    mute,
    unblock,
    unfollow,
    unmute,
)
from microblog_core.services.requests import (
    authorise_follow,
    read_follow_requests,
    reject_follow,
    remove_follower,
)
from microblog_core.services.timelines import read_account, read_relationships
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    back,
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

_Service = Callable[[Ports, Actor, RelationCommand], Awaitable[Relationship]]
VERBS: Mapping[str, _Service] = {
    "follow": follow,
    "unfollow": unfollow,
    "block": block,
    "unblock": unblock,
    "unmute": unmute,
    "authorise": authorise_follow,
    "reject": reject_follow,
    "remove-follower": remove_follower,
}
FOR_EVER = "0"
DURATIONS = (
    (FOR_EVER, mark("Until I unmute them")),
    ("3600", mark("For an hour")),
    ("21600", mark("For six hours")),
    ("86400", mark("For a day")),
    ("604800", mark("For a week")),
    ("2592000", mark("For thirty days")),
)
MUTE_FIELDS = ("duration", "notifications")


@post("/accounts/{account_id:str}/{verb:str}")
async def relate(request: Request[Any, Any, Any], account_id: FromPath[str], verb: FromPath[str]) -> Sendable:
    """Do what the button says."""
    service = VERBS.get(verb)
    if service is None:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await service(view.ports, view.actor, RelationCommand(account_id=post_id_from(account_id)))
    return back(request, values)


@get("/accounts/{account_id:str}/mute")
async def choose_mute(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """For how long somebody is to be muted, and whether their notifications are, too."""
    view = await view_of(scope_of(request))
    needs_login(view)
    account = await read_account(view.ports, view.actor, post_id_from(account_id))
    return await _mute_page(view, account, Form({"duration": FOR_EVER, "notifications": "1"}))


@post("/accounts/{account_id:str}/mute")
async def mute_account(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """Mute somebody: by the button for ever, by the page as chosen there."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    number = post_id_from(account_id)
    if "duration" not in values:
        await mute(view.ports, view.actor, RelationCommand(account_id=number))
        return back(request, values)
    account = await read_account(view.ports, view.actor, number)
    try:
        command = MuteCommand(
            account_id=number,
            notifications=bool(values.get("notifications")),
            duration=_seconds(values["duration"]),
        )
        await mute(view.ports, view.actor, command)
    except Invalid as error:
        return await _mute_page(
            view, account, Form.rejected(typed(values, MUTE_FIELDS), error, MUTE_FIELDS), error.status
        )
    flash(request, view.translate("You muted @%(acct)s.", acct=account.acct))
    return see_other(f"/@{account.acct}")


@get("/follow_requests")
async def follow_requests(request: Request[Any, Any, Any]) -> Sendable:
    """Who asks to follow the reader."""
    view = await view_of(scope_of(request))
    me = needs_login(view)
    listing = await read_follow_requests(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/follow_requests.html",
        view.locale,
        people=listing.items,
        locked=me.locked,
        **neighbours("/follow_requests", listing),
    )
    page = Page(title=view.translate("Follow requests"), main=main, active="notifications")
    return await answer_page(view, page)


@get("/blocks")
async def blocks(request: Request[Any, Any, Any]) -> Sendable:
    """Whom the reader blocks."""
    view = await view_of(scope_of(request))
    me = needs_login(view)
    listing = await view.ports.storage.relations.blocked(me.id, listing_page(scope_of(request)))
    return await _shunned(view, "blocks", listing)


@get("/mutes")
async def mutes(request: Request[Any, Any, Any]) -> Sendable:
    """Whom the reader mutes, and until when."""
    view = await view_of(scope_of(request))
    me = needs_login(view)
    listing = await view.ports.storage.relations.muted(me.id, listing_page(scope_of(request)))
    return await _shunned(view, "mutes", listing)


async def _shunned(view: View, kind: str, listing: Listing[Related]) -> Answer:
    relations = await read_relationships(
        view.ports, view.actor, [related.account.id for related in listing.items]
    )
    main = view.web.render(
        "web/settings/shunned.html",
        view.locale,
        kind=kind,
        people=listing.items,
        relations={relation.account_id: relation for relation in relations},
        **neighbours(f"/{kind}", listing),
    )
    return await answer_settings(view, kind, main)


async def _mute_page(view: View, account: Account, form: Form, status: int = 200) -> Answer:
    title = view.translate("Mute @%(acct)s", acct=account.acct)
    main = view.web.render(
        "web/mute.html",
        view.locale,
        title=title,
        account=account,
        form=form,
        durations=[(value, view.translate(label)) for value, label in DURATIONS],
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main), status)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise Invalid(fields={"duration": "Choose one of these."})
    return int(text)


HANDLERS = (relate, choose_mute, mute_account, follow_requests, blocks, mutes)
