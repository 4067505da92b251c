"""Undo, for a moment (`Limits.undo_milliseconds`): take a post back that was just published, and bring one
back that was just deleted.

What is taken back is as if it had never been sent: the post goes for good, its notifications with it, and
mails and other deliveries have waited for that long. What is deleted undoably is hidden at once, and removed
by a job when the moment is over; until then everything that hangs on it is there.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry, Post
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import HidePost, Job, RestorePost
from microblog_core.ports.undo import HiddenPost
from microblog_core.services.members_only import is_teased, with_members_part
from microblog_core.services.posts import DeletePost, delete_post, deleted_event
from microblog_core.services.timelines import read_post

REMOVE_HIDDEN_JOB = "posts.remove_hidden"
CHUNK = 100
LATE = 1000
"""How much later than the last moment to undo a post is removed (milliseconds): clocks differ a bit."""


class UndoPublish(msgspec.Struct, frozen=True, kw_only=True):
    """Take this own post back, which was just published."""

    post_id: int


@authorised("posts.write")
async def undo_publish(ports: Ports, actor: Actor, command: UndoPublish) -> Entry:
    """Take a post back; return it as it was, to be mended and sent again. Its pictures can be attached to
    another one. Raises `NotFound`, `Forbidden` (somebody else's), `Conflict` (guard `undo`: too late).
    """
    author, entry = require_account(actor), await read_post(ports, actor, command.post_id)
    if entry.post.account_id != author.id:
        raise Forbidden("This post is somebody else's.")
    if ports.clock.now() > entry.post.created_at + ports.limits.undo_milliseconds:
        raise Conflict(
            "It is too late to take this post back.", guard="undo", hint="You can still delete it."
        )
    await delete_post(ports, actor, DeletePost(post_id=await _published_with(ports, actor, entry.post)))
    return entry


async def _published_with(ports: Ports, actor: Actor, post: Post) -> int:
    """What is deleted to take a post back: its teaser, if it has one, and both go."""
    if post.in_reply_to_id is not None and post.in_reply_to_account_id == post.account_id:
        before = (await read_post(ports, actor, post.in_reply_to_id)).post
        if before.teaser_for_members and is_teased(before, post):
            return before.id
    return post.id


async def delete_post_undoably(ports: Ports, actor: Actor, command: DeletePost) -> HiddenPost | Post:
    """Delete an own post so that it can be brought back for a moment. The post of somebody else, which a
    moderator deletes, goes at once, and so does every one where nothing can be undone; then it is returned
    as it was. Raises `NotFound`, `Forbidden`.
    """
    entry = await read_post(ports, actor, command.post_id)
    if entry.post.account_id != actor.id or ports.limits.undo_milliseconds <= 0:
        return await delete_post(ports, actor, command)
    return await _hide(ports, actor, entry.post)


@audited("post.deleted", lambda post: post.id)
async def _hide(ports: Ports, actor: Actor, post: Post) -> HiddenPost:
    ports.authoriser.check(actor, "posts.write", post)
    now, grace = ports.clock.now(), ports.limits.undo_milliseconds
    parts = await with_members_part(ports, post)
    unit = ports.unit()
    unit.apply(*(HidePost(post=each, hidden_at=now) for each in parts))
    unit.outbox.add(
        Job(
            id=ports.ids.at(now),
            kind=REMOVE_HIDDEN_JOB,
            key=f"{post.id}:{now}",
            payload=b"{}",
            due_at=now + grace + LATE,
            created_at=now,
        )
    )
    for each in parts:
        unit.tell(deleted_event(ports, each, now))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound from conflict
    return HiddenPost(post, now)


@authorised("posts.write")
@audited("post.restored", lambda command: command.post_id)
async def undo_delete(ports: Ports, actor: Actor, command: DeletePost) -> Entry:
    """Bring a post back as it was. Raises `NotFound`: it was not deleted, is removed already, is somebody
    else's, or was deleted too long ago.
    """
    author = require_account(actor)
    hidden = await ports.storage.hidden.get(author.id, command.post_id)
    if hidden is None:
        raise NotFound(_TOO_LATE)
    since = ports.clock.now() - ports.limits.undo_milliseconds
    unit = ports.unit()
    unit.apply(RestorePost(post=hidden.post, account_id=author.id, since=since))
    if hidden.post.teaser_for_members:
        beside = await ports.storage.hidden.before(hidden.hidden_at + 1, CHUNK)
        teased = (each.post for each in beside if is_teased(hidden.post, each.post))
        unit.apply(*(RestorePost(post=each, account_id=author.id, since=since) for each in teased))
    try:
        await unit.commit()
    except Conflict as conflict:
        raise NotFound(_TOO_LATE) from conflict
    return await read_post(ports, actor, hidden.post.id)


async def remove_hidden(ports: Ports, now: int, limit: int = CHUNK) -> int:
    """Remove up to so many posts that can't be brought back any more; how many (the job
    `REMOVE_HIDDEN_JOB`, and housekeeping).
    """
    found = await ports.storage.hidden.before(now - ports.limits.undo_milliseconds, limit)
    for each in found:
        unit = ports.unit()
        unit.posts.delete(each.post, deleted_at=now, hidden_at=each.hidden_at)
        unit.emit(deleted_event(ports, each.post, now))
        try:
            await unit.commit()
        except Conflict as conflict:
            # Brought back, or removed by somebody else.
            if conflict.guard != "exists":
                raise
    return len(found)


async def remove_all_hidden(ports: Ports) -> None:
    """Remove all posts that can't be brought back any more."""
    while await remove_hidden(ports, ports.clock.now()) == CHUNK:
        continue


_TOO_LATE = "There is no deleted post that can be brought back: it is too late, or it is there."
