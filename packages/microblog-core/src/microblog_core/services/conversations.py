"""Conversations of direct posts: list, read, remove; and how a direct post gets into them."""

from __future__ import annotations

import msgspec

from microblog_core.domain.conversations import Conversation, people_in
from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry, Post, Visibility
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import DeleteConversation, FileDirect, MarkConversation, Operation
from microblog_core.ports.unit import UnitOfWork


class ConversationCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Read or remove one of the own conversations."""

    conversation_id: int


def file_direct(ports: Ports, unit: UnitOfWork, post: Post, now: int) -> None:
    """Collect what puts a direct post into everybody's conversation; nothing for other posts."""
    if post.visibility is Visibility.DIRECT:
        unit.apply(FileDirect(post=post, ids=tuple(ports.ids.at(now) for _ in people_in(post))))


async def read_conversations(ports: Ports, actor: Actor, page: Page) -> Listing[Conversation]:
    """The actor's conversations, newest post first. Raises `Unauthenticated`."""
    return await ports.storage.conversations.page(require_account(actor).id, page)


async def read_direct(ports: Ports, actor: Actor, page: Page) -> Listing[Entry]:
    """All direct posts by the actor and for the actor, newest first. Raises `Unauthenticated`."""
    return await ports.storage.conversations.direct(require_account(actor).id, page)


@authorised("posts.write")
async def read_conversation(ports: Ports, actor: Actor, command: ConversationCommand) -> Conversation:
    """Mark a conversation as read, and give it. Raises `NotFound`."""
    account_id = require_account(actor).id
    await _commit(ports, MarkConversation(id=command.conversation_id, account_id=account_id))
    conversation = await ports.storage.conversations.get(account_id, command.conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


@authorised("posts.write")
async def remove_conversation(ports: Ports, actor: Actor, command: ConversationCommand) -> None:
    """Leave a conversation out of the listing until its next post. Raises `NotFound`."""
    account_id = require_account(actor).id
    await _commit(ports, DeleteConversation(id=command.conversation_id, account_id=account_id))


async def _commit(ports: Ports, operation: Operation) -> None:
    unit = ports.unit()
    unit.apply(operation)
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound("There is no such conversation.") from conflict
