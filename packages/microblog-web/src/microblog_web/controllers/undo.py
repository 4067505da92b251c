"""Undo: take a post back that was just published, bring one back that was just deleted."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.posts import Entry, Post
from microblog_core.ports.undo import HiddenPost
from microblog_core.services.posts import DeletePost
from microblog_core.services.timelines import read_post
from microblog_core.services.undo import UndoPublish, undo_delete, undo_publish
from microblog_web.composing import answer_composing
from microblog_web.compositions import usable_media, values_of_post
from microblog_web.forms import Form
from microblog_web.inplace import answer_post, asks_in_place
from microblog_web.requests import (
    Sendable,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import see_other
from microblog_web.views import View


def unpublish_path(view: View, entry: Entry) -> str:
    """Where a post that was just published is taken back; empty where nothing is."""
    return f"/posts/{entry.post.id}/unpublish" if view.ports.limits.undo_milliseconds > 0 else ""


def undelete_path(deleted: HiddenPost | Post) -> str:
    """Where a post that was just deleted is brought back; empty for one that is gone for good."""
    return f"/posts/{deleted.post.id}/undelete" if isinstance(deleted, HiddenPost) else ""


@post("/posts/{post_id:str}/unpublish")
async def unpublish(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Take a post back: it is gone, and what was written stands in the form again."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        entry = await undo_publish(view.ports, view.actor, UndoPublish(post_id=post_id_from(post_id)))
    except Conflict as error:
        flash(request, view.explain(error), "error")
        return see_other("/")
    parent, quoted = None, entry.quoted
    if entry.post.in_reply_to_id is not None:
        try:
            parent = await read_post(view.ports, view.actor, entry.post.in_reply_to_id)
        except NotFound:
            parent = None
    kept = await usable_media(view, [each.id for each in entry.post.attachments])
    view.flash = [("success", view.translate("The post is taken back. Nobody is told of it."), "")]
    return await answer_composing(view, Form(values_of_post(entry)), parent, kept=kept, quoted=quoted)


@post("/posts/{post_id:str}/undelete")
async def undelete(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Bring a post back, with all that hangs on it."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        entry = await undo_delete(view.ports, view.actor, DeletePost(post_id=post_id_from(post_id)))
    except NotFound as error:
        if asks_in_place(request):
            raise
        flash(request, view.explain(error), "error")
        return see_other("/")
    said = view.translate("The post is back.")
    if asks_in_place(request):
        return await answer_post(view, entry, here=values.get("return_to", ""), said=said)
    flash(request, said)
    return see_other(f"/@{entry.author.acct}/{entry.post.id}")


HANDLERS = (unpublish, undelete)
