"""The use cases: react, take it back. Both faces call these, so that both ask the same questions first."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.domain.events import Event
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry
from microblog_core.patterns.decorators import authorised, rate_limited
from microblog_core.ports.context import Ports
from microblog_core.services.timelines import read_post
from microblog_reactions import tables

EMOJIS = ("👍", "❤️", "😂", "😮", "😢", "🎉")
PERMISSION = "reactions.give"


class React(msgspec.Struct, frozen=True, kw_only=True):
    """Give an emoji to a post, or take it back with `undo`."""

    post_id: int
    emoji: str
    undo: bool = False


class Reacted(Event, frozen=True, kw_only=True):
    """`account_id` reacted to `post_id` by `author_id`, or took it back."""

    type: ClassVar[str] = "reactions.given"
    post_id: int
    account_id: int
    author_id: int
    emoji: str
    undone: bool = False


@authorised(PERMISSION)
@rate_limited("reactions", limit=600, per=3600)
async def react(ports: Ports, actor: Actor, command: React) -> Entry:
    """React to a post that the actor may see; what is done already stays as it is.

    Raises `NotFound` for a post that there is not or that is not for the actor: nobody can tell which;
    `Invalid` for another emoji; `Unauthenticated`, `Forbidden`, `RateLimited`.
    """
    me = require_account(actor)
    if command.emoji not in EMOJIS:
        raise Invalid(fields={"emoji": f"Use one of {' '.join(EMOJIS)}."})
    entry = await read_post(ports, actor, command.post_id)
    now = ports.clock.now()
    unit = ports.unit()
    if command.undo:
        tables.remove(unit, entry.post.id, me.id, command.emoji)
    else:
        tables.add(unit, entry.post.id, me.id, command.emoji, now)
    unit.emit(
        Reacted(
            id=ports.ids.at(now),
            at=now,
            post_id=entry.post.id,
            account_id=me.id,
            author_id=entry.author.id,
            emoji=command.emoji,
            undone=command.undo,
        )
    )
    await unit.commit()
    return entry
