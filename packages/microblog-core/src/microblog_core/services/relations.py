"""Follow, block, mute and note. Doing what is done already changes nothing and is no error."""

from __future__ import annotations

from typing import Any

import msgspec

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from microblog_core.domain.events import (
    AccountBlocked,
    AccountFollowed,
    AccountUnfollowed,
    FollowRequested,
)
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.relations import (
    FollowOptions,
    Relationship,
    check_duration,
    check_languages,
    check_note,
)
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddBlock,
    AddFollow,
    AddFollowRequest,
    AddMute,
    DeleteFollowRequest,
    DeleteMute,
    Job,
    SetNote,
    UpdateFollow,
    UpdateMute,
)
from microblog_core.services.notifications import notify

END_MUTE_JOB = "relations.end_mute"

_SHOWN = (AccountState.ACTIVE, AccountState.SILENCED, AccountState.DISABLED)


class RelationCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change towards this account."""

    account_id: int


class FollowCommand(RelationCommand, frozen=True, kw_only=True):
    """Follow, with options; None leaves one as it is, or as it is at first (`FollowOptions`)."""

    boosts: bool | None = None
    notify: bool | None = None
    languages: tuple[str, ...] | None = None


class MuteCommand(RelationCommand, frozen=True, kw_only=True):
    """Mute, with or without notifications, for so many seconds, 0 for ever."""

    notifications: bool = True
    duration: int = 0


class NoteCommand(RelationCommand, frozen=True, kw_only=True):
    """What to note about somebody; empty for nothing."""

    comment: str


class EndMute(msgspec.Struct, frozen=True):
    """The payload of the job `END_MUTE_JOB`: which mute, and when it ends (Unix milliseconds)."""

    muter_id: int
    muted_id: int
    expires_at: int


@authorised("follows.write")
@rate_limited("follow", limit=400, per=3600)
@retried("id", "locked", "unlocked")
async def follow(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Get somebody's posts into the own home timeline, or ask whether one may, where that is wanted.
    Following again changes the options of a `FollowCommand`.

    Raises `NotFound`, `Invalid` (oneself, field `languages`), `Forbidden` (a block).
    """
    viewer, account = await pair_of(ports, actor, command, "You can't follow yourself.")
    other = account.id
    relation = await relation_to(ports, viewer, other)
    if relation.blocking:
        raise Forbidden("You block this person.", hint="Unblock them to follow.")
    options = _chosen(command, relation.options or FollowOptions())
    now = ports.clock.now()
    unit = ports.unit()
    if relation.following or (relation.requested and account.locked):
        if options != relation.options:
            unit.apply(UpdateFollow(follower_id=viewer, followee_id=other, options=options))
            await unit.commit()
        return msgspec.structs.replace(relation, options=options)
    both: dict[str, Any] = {
        "id": ports.ids.at(now),
        "follower_id": viewer,
        "followee_id": other,
        "created_at": now,
    }
    if account.locked:
        unit.apply(AddFollowRequest(**both, options=options))
        notify(ports, unit, other, NotificationKind.FOLLOW_REQUEST, viewer, None, now)
        unit.emit(FollowRequested(id=ports.ids.at(now), at=now, follower_id=viewer, followee_id=other))
        await unit.commit_once("request", gone=("exists", "block"))
    else:
        unit.relations.follow(AddFollow(**both, options=options))
        unit.apply(*ports.timeline.on_follow(viewer, other))
        unit.notifications.delete(other, NotificationKind.FOLLOW_REQUEST, viewer)
        notify(ports, unit, other, NotificationKind.FOLLOW, viewer, None, now)
        unit.emit(AccountFollowed(id=ports.ids.at(now), at=now, follower_id=viewer, followee_id=other))
        await unit.commit_once("follow", gone=("exists", "block"))
    return await relation_to(ports, viewer, other)


def _chosen(command: RelationCommand, before: FollowOptions) -> FollowOptions:
    if not isinstance(command, FollowCommand):
        return before
    return FollowOptions(
        boosts=before.boosts if command.boosts is None else command.boosts,
        notify=before.notify if command.notify is None else command.notify,
        languages=before.languages if command.languages is None else check_languages(command.languages),
    )


@authorised("follows.write")
async def unfollow(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End a follow or withdraw a request; the other's posts leave the home timeline. Raises `NotFound`."""
    viewer, account = await pair_of(ports, actor, command, "You can't unfollow yourself.")
    other = account.id
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.unfollow(viewer, other)
    unit.apply(DeleteFollowRequest(follower_id=viewer, followee_id=other))
    for kind in (NotificationKind.FOLLOW, NotificationKind.FOLLOW_REQUEST):
        unit.notifications.delete(other, kind, viewer)
    unit.emit(AccountUnfollowed(id=ports.ids.at(now), at=now, follower_id=viewer, followee_id=other))
    await unit.commit()
    return await relation_to(ports, viewer, other)


@authorised("follows.write")
@retried("id")
async def block(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Neither sees the other any more; follows both ways end. Raises `NotFound`, `Invalid` (oneself)."""
    viewer, account = await pair_of(ports, actor, command, "You can't block yourself.")
    other = account.id
    now = ports.clock.now()
    unit = ports.unit()
    unit.relations.block(AddBlock(id=ports.ids.at(now), blocker_id=viewer, blocked_id=other, created_at=now))
    unit.emit(AccountBlocked(id=ports.ids.at(now), at=now, blocker_id=viewer, blocked_id=other))
    await unit.commit_once("blocked", gone=("exists", "block"))
    return await relation_to(ports, viewer, other)


@authorised("follows.write")
async def unblock(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End a block. Raises `NotFound`."""
    viewer, account = await pair_of(ports, actor, command, "You can't unblock yourself.")
    other = account.id
    unit = ports.unit()
    unit.relations.unblock(viewer, other)
    await unit.commit()
    return await relation_to(ports, viewer, other)


@authorised("follows.write")
@retried("id", "muted")
async def mute(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """Leave somebody out of listings and notifications, without telling them. Muting again changes what a
    `MuteCommand` says. Raises `NotFound`, `Invalid` (oneself, field `duration`).
    """
    viewer, account = await pair_of(ports, actor, command, "You can't mute yourself.")
    other, now = account.id, ports.clock.now()
    wanted = command if isinstance(command, MuteCommand) else MuteCommand(account_id=other)
    seconds = check_duration(wanted.duration)
    expires_at = now + seconds * 1000 if seconds else None
    unit = ports.unit()
    pair = {"muter_id": viewer, "muted_id": other}
    if (await relation_to(ports, viewer, other)).muting:
        unit.apply(UpdateMute(**pair, notifications=wanted.notifications, expires_at=expires_at))
    else:
        unit.relations.mute(
            AddMute(
                **pair,
                id=ports.ids.at(now),
                created_at=now,
                notifications=wanted.notifications,
                expires_at=expires_at,
            )
        )
    if expires_at is not None:
        unit.outbox.add(_end_of_mute(ports, EndMute(viewer, other, expires_at), now))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise NotFound("There is no such account.") from conflict
        raise
    return await relation_to(ports, viewer, other)


def _end_of_mute(ports: Ports, end: EndMute, now: int) -> Job:
    return Job(
        id=ports.ids.at(now),
        kind=END_MUTE_JOB,
        key=f"{end.muter_id}:{end.muted_id}:{end.expires_at}",
        payload=msgspec.json.encode(end),
        due_at=end.expires_at,
        created_at=now,
    )


async def end_mute(ports: Ports, job: Job) -> None:
    """The job `END_MUTE_JOB`: remove a mute that has ended, unless it was changed meanwhile."""
    end = msgspec.json.decode(job.payload, type=EndMute)
    unit = ports.unit()
    unit.apply(DeleteMute(muter_id=end.muter_id, muted_id=end.muted_id, expires_at=end.expires_at))
    await unit.commit()


@authorised("follows.write")
async def unmute(ports: Ports, actor: Actor, command: RelationCommand) -> Relationship:
    """End a mute. Raises `NotFound`."""
    viewer, account = await pair_of(ports, actor, command, "You can't unmute yourself.")
    other = account.id
    unit = ports.unit()
    unit.relations.unmute(viewer, other)
    await unit.commit()
    return await relation_to(ports, viewer, other)


@authorised("account.write")
async def set_note(ports: Ports, actor: Actor, command: NoteCommand) -> Relationship:
    """Note something about somebody that only the actor sees. Raises `NotFound`, `Invalid` (oneself, field
    `comment`).
    """
    viewer, account = await pair_of(ports, actor, command, "You can't note anything about yourself.")
    unit = ports.unit()
    unit.apply(SetNote(account_id=viewer, about_id=account.id, note=check_note(command.comment)))
    await unit.commit()
    return await relation_to(ports, viewer, account.id)


async def pair_of(ports: Ports, actor: Actor, command: RelationCommand, oneself: str) -> tuple[int, Account]:
    """The actor's id and the other account. Somebody who blocks the actor is as if they weren't there,
    except to be blocked or left.
    """
    viewer = require_account(actor).id
    if viewer == command.account_id:
        raise Invalid(oneself)
    other = await ports.storage.accounts.get(command.account_id)
    if other is None or other.state not in _SHOWN:
        raise NotFound("There is no such account.")
    return viewer, other


async def relation_to(ports: Ports, viewer: int, other: int) -> Relationship:
    """How the viewer stands to somebody."""
    return (await ports.storage.relations.get(viewer, (other,)))[other]
