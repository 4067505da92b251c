"""What people mark for themselves: bookmarks, pinned posts, muted threads, how far they have read. What is
done already stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import Conflict, Invalid
from microblog_core.domain.marks import PINS_MAX, Marker
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry, Marked, Visibility
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddBookmark,
    AddPin,
    AddThreadMute,
    DeleteBookmark,
    DeletePin,
    DeleteThreadMute,
    Operation,
    SetMarkers,
)
from microblog_core.services.reactions import PostCommand
from microblog_core.services.timelines import read_post


class MarkersCommand(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of the last post of the home timeline and of the last notification that were read; None leaves
    one.
    """

    home: int | None = None
    notifications: int | None = None


@authorised("posts.write")
@rate_limited("react", limit=1000, per=3600)
@retried("id")
async def bookmark_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Keep a post to find it again; nobody is told. Raises `NotFound`."""
    account = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    if entry.bookmarked:
        return entry
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        AddBookmark(id=ports.ids.at(now), account_id=account.id, post_id=entry.post.id, created_at=now)
    )
    await unit.commit_once("bookmark")
    return await read_post(ports, actor, entry.post.id)


@authorised("posts.write")
async def unbookmark_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Take a bookmark back; without one nothing changes. Raises `NotFound`."""
    entry = await read_post(ports, actor, command.post_id)
    taken_back = DeleteBookmark(account_id=require_account(actor).id, post_id=entry.post.id)
    return await _marked(ports, actor, entry, taken_back)


async def read_bookmarks(ports: Ports, actor: Actor, page: Page) -> Listing[Marked]:
    """The actor's bookmarks, newest first, paged by the bookmark's id. Raises `Unauthenticated`."""
    return await ports.storage.marks.bookmarks(require_account(actor).id, page)


async def read_favourites(ports: Ports, actor: Actor, page: Page) -> Listing[Marked]:
    """The actor's favourites, newest first, paged by the favourite's id. Raises `Unauthenticated`."""
    return await ports.storage.marks.favourites(require_account(actor).id, page)


@authorised("posts.write")
@retried("id")
async def pin_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Show an own post on top of the profile. Raises `NotFound`, `Invalid` (somebody else's, a direct one, or
    there are `PINS_MAX`).
    """
    account = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    if entry.post.account_id != account.id:
        raise Invalid("Only your own posts can be pinned.")
    if entry.post.visibility is Visibility.DIRECT:
        raise Invalid("Direct posts can't be pinned.")
    if entry.pinned:
        return entry
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(AddPin(id=ports.ids.at(now), account_id=account.id, post_id=entry.post.id, created_at=now))
    try:
        await unit.commit_once("pin")
    except Conflict as conflict:
        if conflict.guard == "pins":
            raise Invalid(f"You have pinned {PINS_MAX} posts.", hint="Unpin one of them first.") from conflict
        raise
    return await read_post(ports, actor, entry.post.id)


@authorised("posts.write")
async def unpin_post(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """No longer show a post on top; one that isn't there changes nothing. Raises `NotFound`."""
    entry = await read_post(ports, actor, command.post_id)
    taken_back = DeletePin(account_id=require_account(actor).id, post_id=entry.post.id)
    return await _marked(ports, actor, entry, taken_back)


@authorised("posts.write")
async def mute_thread(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """No notifications about the whole thread that a post is in, not even those that are there already.
    Raises `NotFound`.
    """
    account = require_account(actor)
    entry = await read_post(ports, actor, command.post_id)
    if entry.muted:
        return entry
    unit = ports.unit()
    unit.apply(
        AddThreadMute(account_id=account.id, thread_id=entry.post.thread_id, created_at=ports.clock.now())
    )
    await unit.commit_once("thread")
    return await read_post(ports, actor, entry.post.id)


@authorised("posts.write")
async def unmute_thread(ports: Ports, actor: Actor, command: PostCommand) -> Entry:
    """Notifications about a thread again. Raises `NotFound`."""
    entry = await read_post(ports, actor, command.post_id)
    taken_back = DeleteThreadMute(account_id=require_account(actor).id, thread_id=entry.post.thread_id)
    return await _marked(ports, actor, entry, taken_back)


async def _marked(ports: Ports, actor: Actor, entry: Entry, operation: Operation) -> Entry:
    unit = ports.unit()
    unit.apply(operation)
    await unit.commit()
    return await read_post(ports, actor, entry.post.id)


@authorised("account.write")
async def set_markers(ports: Ports, actor: Actor, command: MarkersCommand) -> Sequence[Marker]:
    """Remember how far the actor has read and return all markers. The one of notifications never goes back:
    it is the mark that `mark_notifications_read` moves.
    """
    account = require_account(actor)
    unit = ports.unit()
    unit.apply(
        SetMarkers(
            account_id=account.id,
            home=command.home,
            notifications=command.notifications,
            updated_at=ports.clock.now(),
        )
    )
    await unit.commit()
    return await ports.storage.marks.markers(account.id)


async def read_markers(ports: Ports, actor: Actor) -> Sequence[Marker]:
    """How far the actor has read, those markers that were ever set. Raises `Unauthenticated`."""
    return await ports.storage.marks.markers(require_account(actor).id)
