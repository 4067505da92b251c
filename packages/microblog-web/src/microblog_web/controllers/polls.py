"""Votes on polls."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.domain.polls import OPTIONS_MOST
from microblog_core.services.polls import Vote, read_poll, vote
from microblog_web.i18n import explain
from microblog_web.inplace import answer_post, asks_in_place, line_id
from microblog_web.requests import (
    Sendable,
    back,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)


@post("/polls/{poll_id:str}/vote")
async def send_vote(request: Request[Any, Any, Any], poll_id: FromPath[str]) -> Sendable:
    """Vote, and back to where the poll stands; what is wrong with the vote is said there."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await read_poll(view.ports, view.actor, post_id_from(poll_id))
    chosen = [place for place in range(OPTIONS_MOST) if values.get(f"choice_{place}")]
    only = values.get("choice", "")
    if only.isascii() and only.isdigit() and len(only) < 3:
        chosen.append(int(only))
    said, level = view.translate("Your vote counts."), "success"
    try:
        command = Vote(poll_id=post_id_from(poll_id), choices=tuple(chosen))
        entry = await vote(view.ports, view.actor, command)
    except Invalid as error:
        said, level = (
            " ".join(explain(view.locale, text) for text in error.fields.values()) or view.explain(error),
            "error",
        )
    except RateLimited as error:
        said, level = view.explain(error), "error"
    at = line_id(values.get("at", ""))
    if asks_in_place(request):
        return await answer_post(view, entry, at=at, here=values.get("return_to", ""), said=said)
    flash(request, said, level)
    return back(
        request, values, anchor=f"p{at or entry.post.id}", default=f"/@{entry.author.acct}/{entry.post.id}"
    )


HANDLERS = (send_vote,)
