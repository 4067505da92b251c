"""What one wants of somebody followed, and what one notes about somebody: nobody else sees either."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Forbidden, Invalid, NotFound, RateLimited
from microblog_core.domain.relations import NOTE_LENGTH, Relationship
from microblog_core.services.relations import FollowCommand, NoteCommand, follow, set_note
from microblog_core.services.timelines import read_account, read_relationships
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("boosts", "notify", "languages")
NOTE_FIELDS = ("comment",)
_BETWEEN = re.compile(r"[\s,;]+")


@get("/accounts/{account_id:str}/options")
async def options(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """What of somebody comes into the home timeline, and the reader's note about them."""
    view = await view_of(scope_of(request))
    account, relation = await _somebody(view, account_id)
    return await _page(view, account, relation)


@post("/accounts/{account_id:str}/options")
async def save_options(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """Change the options of a follow, or of a request to follow."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    account, relation = await _somebody(view, account_id)
    if relation.options is None:
        flash(request, view.translate("You don't follow @%(acct)s any more.", acct=account.acct), "error")
        return see_other(f"/@{account.acct}")
    command = FollowCommand(
        account_id=account.id,
        boosts=bool(values.get("boosts")),
        notify=bool(values.get("notify")),
        languages=tuple(filter(None, _BETWEEN.split(values.get("languages", "").lower()))),
    )
    try:
        await follow(view.ports, view.actor, command)
    except (Invalid, RateLimited, Forbidden) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _page(view, account, relation, form=form, status=error.status)
    flash(request, view.translate("Saved."))
    return see_other(f"/@{account.acct}")


@post("/accounts/{account_id:str}/note")
async def save_note(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """Note something about somebody; empty for nothing."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    account, relation = await _somebody(view, account_id)
    try:
        command = NoteCommand(account_id=account.id, comment=values.get("comment", ""))
        await set_note(view.ports, view.actor, command)
    except Invalid as error:
        form = Form.rejected(typed(values, NOTE_FIELDS), error, NOTE_FIELDS)
        return await _page(view, account, relation, note=form, status=error.status)
    flash(request, view.translate("Your note is saved."))
    return see_other(f"/@{account.acct}")


async def _somebody(view: View, text: str) -> tuple[Account, Relationship]:
    """Somebody else, and how the reader stands to them. Raises `NotFound`."""
    me = needs_login(view)
    account = await read_account(view.ports, view.actor, post_id_from(text))
    if account.id == me.id:
        raise NotFound("There is no page at this address.", hint="You can't follow yourself.")
    (relation,) = await read_relationships(view.ports, view.actor, [account.id])
    return account, relation


async def _page(
    view: View,
    account: Account,
    relation: Relationship,
    *,
    form: Form | None = None,
    note: Form | None = None,
    status: int = 200,
) -> Answer:
    chosen = relation.options
    if form is None and chosen is not None:
        stored = {
            "boosts": "1" if chosen.boosts else "",
            "notify": "1" if chosen.notify else "",
            "languages": ", ".join(chosen.languages),
        }
        form = Form(stored, fields=FIELDS)
    title = view.translate("You and @%(acct)s", acct=account.acct)
    main = view.web.render(
        "web/follow_options.html",
        view.locale,
        title=title,
        account=account,
        form=form if chosen is not None else None,
        note=note or Form({"comment": relation.note}, fields=NOTE_FIELDS),
        limit=NOTE_LENGTH,
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main), status)


HANDLERS = (options, save_options, save_note)
