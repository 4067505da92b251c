"""Conversations: direct posts by who takes part (https://docs.joinmastodon.org/methods/conversations/)."""

from __future__ import annotations

from microblog_api.endpoints import Call, delete, get, post
from microblog_api.entities import Conversation, Empty, Status
from microblog_core.services import conversations
from microblog_core.services.conversations import ConversationCommand


@get("/api/v1/conversations", needs="read:statuses", pages="cursor")
async def read(call: Call, given: None) -> list[Conversation]:
    """View own conversations, the latest first."""
    listing = await conversations.read_conversations(call.ports, call.actor, call.page())
    call.linked_by(listing, lambda each: each.last.id)
    return [call.present.conversation(each) for each in listing.items]


@get("/api/v1/timelines/direct", needs="read:statuses", pages="cursor")
async def direct(call: Call, given: None) -> list[Status]:
    """View direct posts, newest first."""
    return call.present.statuses(
        call.linked(await conversations.read_direct(call.ports, call.actor, call.page()))
    )


@post("/api/v1/conversations/{id:str}/read", needs="write:conversations")
async def mark_read(call: Call, given: None) -> Conversation:
    """Mark a conversation as read."""
    command = ConversationCommand(conversation_id=call.id())
    return call.present.conversation(await conversations.read_conversation(call.ports, call.actor, command))


@delete("/api/v1/conversations/{id:str}", needs="write:conversations")
async def remove(call: Call, given: None) -> Empty:
    """Remove a conversation from the own list."""
    command = ConversationCommand(conversation_id=call.id())
    await conversations.remove_conversation(call.ports, call.actor, command)
    return Empty()


ENDPOINTS = (read, direct, mark_read, remove)
