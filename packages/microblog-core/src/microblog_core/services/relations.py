"""Follow, block and mute. Doing what is done already changes nothing and is no error."""

from __future__ import annotations

import msgspec

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Forbidden, Invalid, NotFound
from microblog_core.domain.events import (
    AccountBlocked,
    AccountFollowed,
    AccountUnfollowed,
)
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.relations import Relationship
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddBlock, AddFollow, AddMute
from microblog_core.services.notifications import notify

_SHOWN = (AccountState.ACTIVE, AccountState.SILENCED, AccountState.DISABLED)


class RelationCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change towards this account."""

    account_id: int


@authorised("follows.write")
@rate_limited("follow", limit=400, per=3600)
@retried("id")
async def follow(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Get somebody's posts into the own home timeline. Raises `NotFound`, `Invalid` (oneself), `Forbidden` (a
    block).
    """
    viewer, other = await _pair(ports, actor, command, "You can't follow yourself.")
    relation = await _relation(ports, viewer, other)
    if relation.blocking:
        raise Forbidden("You block this person.", hint="Unblock them to follow.")
    if relation.following:
        return relation
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.follow(
        AddFollow(id=ports.ids.at(now), follower_id=viewer, followee_id=other, created_at=now)
    )
    unit.apply(*ports.timeline.on_follow(viewer, other))
    notify(ports, unit, other, NotificationKind.FOLLOW, viewer, None, now)
    unit.emit(AccountFollowed(id=ports.ids.at(now), at=now, follower_id=viewer, followee_id=other))
    await unit.commit_once("follow", gone=("exists", "block"))
    return await _relation(ports, viewer, other)


@authorised("follows.write")
async def unfollow(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End a follow; the other's posts leave the home timeline. Raises `NotFound`."""
    viewer, other = await _pair(ports, actor, command, "You can't unfollow yourself.")
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.unfollow(viewer, other)
    unit.notifications.delete(other, NotificationKind.FOLLOW, viewer)
    unit.emit(AccountUnfollowed(id=ports.ids.at(now), at=now, follower_id=viewer, followee_id=other))
    await unit.commit()
    return await _relation(ports, viewer, other)


@authorised("follows.write")
@retried("id")
async def block(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Neither sees the other any more; follows both ways end. Raises `NotFound`, `Invalid` (oneself)."""
    viewer, other = await _pair(ports, actor, command, "You can't block yourself.")
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.block(AddBlock(id=ports.ids.at(now), blocker_id=viewer, blocked_id=other, created_at=now))
    unit.emit(AccountBlocked(id=ports.ids.at(now), at=now, blocker_id=viewer, blocked_id=other))
    await unit.commit_once("blocked", gone=("exists", "block"))
    return await _relation(ports, viewer, other)


@authorised("follows.write")
async def unblock(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End a block. Raises `NotFound`."""
    viewer, other = await _pair(ports, actor, command, "You can't unblock yourself.")
    unit = ports.unit()
    unit.relations.unblock(viewer, other)
    await unit.commit()
    return await _relation(ports, viewer, other)


@authorised("follows.write")
@retried("id")
async def mute(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Leave somebody out of listings and notifications, without telling them. Raises `NotFound`, `Invalid`
    (oneself).
    """
    viewer, other = await _pair(ports, actor, command, "You can't mute yourself.")
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.mute(AddMute(id=ports.ids.at(now), muter_id=viewer, muted_id=other, created_at=now))
    await unit.commit_once("muted", gone=("exists", "block"))
    return await _relation(ports, viewer, other)


@authorised("follows.write")
async def unmute(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End a mute. Raises `NotFound`."""
    viewer, other = await _pair(ports, actor, command, "You can't unmute yourself.")
    unit = ports.unit()
    unit.relations.unmute(viewer, other)
    await unit.commit()
    return await _relation(ports, viewer, other)


async def _pair(ports: Ports, actor: Actor, command: RelationCommand, oneself: str) -> tuple[int, int]:
    """The two account ids. Somebody who blocks the actor is as if they weren't there, except to be blocked or
    left.
    """
    viewer = require_account(actor).id
    if viewer == command.account_id:
        raise Invalid(oneself)
    other = await ports.storage.accounts.get(command.account_id)
    if other is None or other.state not in _SHOWN:
        raise NotFound("There is no such account.")
    return viewer, other.id


async def _relation(ports: Ports, viewer: int, other: int) -> Relationship:
    return (await ports.storage.relations.get(viewer, (other,)))[other]
