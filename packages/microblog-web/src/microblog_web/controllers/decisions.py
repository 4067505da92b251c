"""What moderators decided about the reader, with the reason, and one answer."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Invalid, NotFound, RateLimited
from microblog_core.domain.ids import parse_id
from microblog_core.domain.moderation import APPEAL_LENGTH, AppealState
from microblog_core.services.moderation import (
    AppealDecision,
    appeal_decision,
    list_decisions,
    read_decision,
)
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.moderating import WORDS
from microblog_web.requests import (
    Sendable,
    flash,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/settings/decisions"


@get(PATH)
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """All decisions, newest first."""
    view = await view_of(scope_of(request))
    needs_login(view)
    listing = await list_decisions(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/settings/decisions.html",
        view.locale,
        strikes=listing.items,
        path=PATH,
        **WORDS,
        **neighbours(PATH, listing),
    )
    return await answer_settings(view, "decisions", main)


@get(f"{PATH}/{{strike_id:str}}")
async def show(request: Request[Any, Any, Any], strike_id: FromPath[str]) -> Sendable:
    """One decision, and the form for an answer."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, _id(strike_id), Form())


@post(f"{PATH}/{{strike_id:str}}")
async def appeal(request: Request[Any, Any, Any], strike_id: FromPath[str]) -> Sendable:
    """Ask to have it looked at again."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    number = _id(strike_id)
    try:
        command = AppealDecision(strike_id=number, text=values.get("text", ""))
        await appeal_decision(view.ports, view.actor, command)
    except (Invalid, Conflict, RateLimited) as error:
        return await _page(view, number, Form.rejected(values, error, ("text",)), error.status)
    flash(request, view.translate("Thank you. A moderator looks at it again."))
    return see_other(f"{PATH}/{number}")


async def _page(view: View, number: int, form: Form, status: int = 200) -> Answer:
    strike = await read_decision(view.ports, view.actor, number)
    main = view.web.render(
        "web/settings/decision.html",
        view.locale,
        strike=strike,
        may_answer=strike.appeal_state is AppealState.NONE and strike.overruled_at is None,
        form=form,
        limit=APPEAL_LENGTH,
        path=PATH,
        csrf=view.csrf,
        **WORDS,
    )
    return await answer_settings(view, "decisions", main, status)


def _id(text: str) -> int:
    found = parse_id(text)
    if found is None:
        raise NotFound("There is no such decision.", hint="Look at the list of decisions.")
    return found


HANDLERS = (overview, show, appeal)
