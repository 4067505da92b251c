"""What streams send: whom an event is for, and what of it they get.

Nothing here asks who may listen: that is decided when a stream is opened, and again while it is open
(`living_tokens`). What somebody gets is decided for each event anew.
"""

from __future__ import annotations

from collections.abc import Collection

from microblog_core.domain.announcements import AnnouncementEntry
from microblog_core.domain.conversations import Conversation
from microblog_core.domain.events import PostDeleted, PostUnboosted
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.notifications import NotificationEntry
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.ports.streaming import Audience, Listening
from microblog_core.services.filtering import look_of


async def read_line(ports: Ports, account_id: int, line_id: int) -> Entry | None:
    """A post or boost as the account that made it sees it, None where it is gone. Whom it may be shown is
    what `read_audience` says; what it quotes may be for fewer people.
    """
    found = await ports.storage.posts.get_many(account_id, (line_id,))
    return found[0] if found else None


async def read_audience(ports: Ports, line_id: int, listening: Listening) -> Audience:
    """Whom of those who listen a post or boost is for."""
    return await ports.storage.streams.audience(line_id, listening)


async def read_reach(ports: Ports, gone: PostDeleted | PostUnboosted, listening: Listening) -> Audience:
    """Whom of those who listen a post or boost, which is gone, may have been for. An event that says no level
    is about a boost: it was for whoever is near.
    """
    tags: tuple[str, ...] = ()
    if isinstance(gone, PostDeleted):
        tags = gone.tags if gone.visibility == Visibility.PUBLIC else ()
        listening = _may_have_seen(gone, listening)
    else:
        listening = Listening(home=listening.home, lists=listening.lists)
    if not listening:
        return Audience()
    return await ports.storage.streams.reach(gone.account_id, tags, listening)


def _may_have_seen(gone: PostDeleted, listening: Listening) -> Listening:
    """Without those whom the level of the post kept from it. Whoever has its author in the home timeline or
    on a list follows the author, which is enough for the level `followers`.
    """
    if gone.visibility == Visibility.PUBLIC:
        return listening
    if gone.visibility in (Visibility.UNLISTED, Visibility.FOLLOWERS):
        return Listening(home=listening.home, lists=listening.lists)
    people = {gone.account_id}
    if gone.visibility == Visibility.DIRECT:
        people.update(gone.mention_ids)
    return Listening(
        home=people.intersection(listening.home),
        lists={list_id: owner for list_id, owner in listening.lists.items() if owner in people},
    )


async def filtered(ports: Ports, viewer: int, entry: Entry, context: FilterContext) -> Entry | None:
    """An entry as this viewer's filters leave it: with its matches, or None where it is to be hidden."""
    look = await look_of(ports, viewer, context)
    return entry if look is None else look.at(entry)


async def read_told(ports: Ports, viewer: int, notification_id: int) -> NotificationEntry | None:
    """A notification as the viewer's listing shows it, None where it doesn't."""
    told = await ports.storage.notifications.get(viewer, notification_id)
    if told is None:
        return None
    look = await look_of(ports, viewer, FilterContext.NOTIFICATIONS)
    return told if look is None else look.at_notification(told)


async def read_talk(ports: Ports, viewer: int, post_id: int) -> Conversation | None:
    """The viewer's conversation whose newest post this is, None where none is shown."""
    page = Page(limit=1, max_id=post_id + 1)
    found = (await ports.storage.conversations.page(viewer, page)).items
    return found[0] if found and found[0].last.id == post_id else None


async def read_announced(ports: Ports, announcement_id: int) -> AnnouncementEntry | None:
    """An announcement as everybody sees it, None where nobody does now."""
    shown = await ports.storage.announcements.shown(None, ports.clock.now())
    return next((each for each in shown if each.announcement.id == announcement_id), None)


async def living_tokens(ports: Ports, token_ids: Collection[int]) -> frozenset[int]:
    """Those of these tokens that still let anybody do anything."""
    return await ports.storage.applications.living(token_ids)
