"""Drafts: what was begun, to go on with or to throw away."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_web.drafts import delete_draft, read_drafts
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import see_other
from microblog_web.texts import shortened


@get("/drafts")
async def drafts(request: Request[Any, Any, Any]) -> Sendable:
    """All own drafts, the one saved last first."""
    view = await view_of(scope_of(request))
    needs_login(view)
    listed = [
        (draft, shortened(draft.values.get("spoiler", "") or draft.values.get("text", ""), 200))
        for draft in await read_drafts(view.ports, view.actor)
    ]
    main = view.web.render("web/drafts.html", view.locale, drafts=listed)
    return await answer_page(view, Page(title=view.translate("Drafts"), main=main, active="compose"))


@post("/drafts/{draft_id:str}/delete")
async def discard(request: Request[Any, Any, Any], draft_id: FromPath[str]) -> Sendable:
    """Throw a draft away."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await delete_draft(view.ports, view.actor, post_id_from(draft_id))
    flash(request, view.translate("The draft is thrown away."))
    return see_other("/drafts")


HANDLERS = (drafts, discard)
