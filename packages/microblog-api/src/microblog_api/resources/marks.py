"""What one marks for oneself: bookmarks, favourites, pins, muted threads, and how far one has read.

Sources: https://docs.joinmastodon.org/methods/bookmarks/, .../favourites/, .../markers/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get, post
from microblog_api.entities import Marker, Status
from microblog_api.names import moment
from microblog_core.domain import marks as domain
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Marked
from microblog_core.domain.timelines import Listing
from microblog_core.services import marks
from microblog_core.services.reactions import PostCommand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from microblog_core.ports.context import Ports


class LastRead(msgspec.Struct, frozen=True):
    """How far a timeline has been read."""

    last_read_id: Id | None = None


class NewMarkers(msgspec.Struct, frozen=True):
    """The markers to move; what isn't given stays."""

    home: LastRead | None = None
    notifications: LastRead | None = None


class Timelines(msgspec.Struct, frozen=True):
    """Whose markers are wanted; all if none is named."""

    timeline: list[str] = []


@get("/api/v1/bookmarks", needs="read:bookmarks", pages="cursor")
async def bookmarks(call: Call, given: None) -> list[Status]:
    """View own bookmarks, newest first."""
    return _marked(call, await marks.read_bookmarks(call.ports, call.actor, call.page()))


@get("/api/v1/favourites", needs="read:favourites", pages="cursor")
async def favourites(call: Call, given: None) -> list[Status]:
    """View own favourites, newest first."""
    return _marked(call, await marks.read_favourites(call.ports, call.actor, call.page()))


def _marked(call: Call, listing: Listing[Marked]) -> list[Status]:
    return call.present.statuses(each.entry for each in call.linked(listing))


@post("/api/v1/statuses/{id:str}/bookmark", needs="write:bookmarks")
async def bookmark(call: Call, given: None) -> Status:
    """Bookmark a status, privately."""
    return await _done(call, marks.bookmark_post)


@post("/api/v1/statuses/{id:str}/unbookmark", needs="write:bookmarks")
async def unbookmark(call: Call, given: None) -> Status:
    """Take a bookmark back."""
    return await _done(call, marks.unbookmark_post)


@post("/api/v1/statuses/{id:str}/pin", needs="write:accounts")
async def pin(call: Call, given: None) -> Status:
    """Show an own status on top of the profile."""
    return await _done(call, marks.pin_post)


@post("/api/v1/statuses/{id:str}/unpin", needs="write:accounts")
async def unpin(call: Call, given: None) -> Status:
    """Take a pinned status down."""
    return await _done(call, marks.unpin_post)


@post("/api/v1/statuses/{id:str}/mute", needs="write:mutes")
async def mute(call: Call, given: None) -> Status:
    """Get no more notifications from a thread."""
    return await _done(call, marks.mute_thread)


@post("/api/v1/statuses/{id:str}/unmute", needs="write:mutes")
async def unmute(call: Call, given: None) -> Status:
    """Get notifications from a thread again."""
    return await _done(call, marks.unmute_thread)


async def _done(call: Call, mark: Callable[[Ports, Actor, PostCommand], Awaitable[Entry]]) -> Status:
    return call.present.status(await mark(call.ports, call.actor, PostCommand(post_id=call.id())))


@get("/api/v1/markers", needs="read:statuses")
async def read_markers(call: Call, given: Timelines) -> dict[str, Marker]:
    """Get the saved positions of timelines, by the timelines' names."""
    found = await marks.read_markers(call.ports, call.actor)
    wanted = set(given.timeline)
    return _shown([each for each in found if not wanted or each.timeline in wanted])


@post("/api/v1/markers", needs="write:statuses")
async def set_markers(call: Call, given: NewMarkers) -> dict[str, Marker]:
    """Save positions of timelines."""
    command = marks.MarkersCommand(
        home=given.home.last_read_id if given.home else None,
        notifications=given.notifications.last_read_id if given.notifications else None,
    )
    return _shown(await marks.set_markers(call.ports, call.actor, command))


def _shown(found: Sequence[domain.Marker]) -> dict[str, Any]:
    return {
        str(each.timeline): Marker(
            last_read_id=str(each.last_read_id), version=each.version, updated_at=moment(each.updated_at)
        )
        for each in found
    }


ENDPOINTS = (
    bookmarks,
    favourites,
    bookmark,
    unbookmark,
    pin,
    unpin,
    mute,
    unmute,
    read_markers,
    set_markers,
)
