"""Conversations of direct posts: the list of them, marking one as read, and taking one off the list."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import NotFound
from microblog_core.services.conversations import (
    ConversationCommand,
    read_conversation,
    read_conversations,
    remove_conversation,
)
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import see_other
from microblog_web.texts import excerpt

PATH = "/conversations"


@get(PATH)
async def conversations(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's conversations, the one with the newest post first."""
    view = await view_of(scope_of(request))
    needs_login(view)
    listing = await read_conversations(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/conversations.html",
        view.locale,
        conversations=listing.items,
        me=view.me,
        excerpt=excerpt,
        now=view.now,
        csrf=view.csrf,
        **neighbours(PATH, listing),
    )
    page = Page(title=view.translate("Conversations"), main=main, active="conversations")
    return await answer_page(view, page)


@post("/conversations/{conversation_id:str}/read")
async def read(request: Request[Any, Any, Any], conversation_id: FromPath[str]) -> Sendable:
    """Mark a conversation as read, and open its newest post."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ConversationCommand(conversation_id=_id(conversation_id))
    found = await read_conversation(view.ports, view.actor, command)
    if values.get("stay"):
        return see_other(PATH)
    return see_other(f"/@{found.last.author.acct}/{found.last.post.id}")


@post("/conversations/{conversation_id:str}/remove")
async def remove(request: Request[Any, Any, Any], conversation_id: FromPath[str]) -> Sendable:
    """Take a conversation off the list until somebody writes again."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ConversationCommand(conversation_id=_id(conversation_id))
    await remove_conversation(view.ports, view.actor, command)
    flash(request, view.translate("The conversation is off the list. Its posts are still there."))
    return see_other(PATH)


def _id(text: str) -> int:
    try:
        return post_id_from(text)
    except NotFound:
        raise NotFound("There is no such conversation.") from None


HANDLERS = (conversations, read, remove)
