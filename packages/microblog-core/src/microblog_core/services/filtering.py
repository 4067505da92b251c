"""What somebody's filters do to what they read: entries leave listings or carry why they are filtered.

All filters of an account are compiled once and kept in the cache under `filters:<account>`, which every
operation on them makes stale. Own posts are never filtered, and a page keeps the cursors with which it was
read, whatever leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from microblog_core.domain.filters import FilterAction, FilterContext, FilterMatch
from microblog_core.domain.matching import Matcher
from microblog_core.domain.notifications import NotificationEntry
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Thread
from microblog_core.domain.timelines import Listing
from microblog_core.ports.context import Ports

_SIZE = 2_000
"""Bytes that a compiled keyword takes, more or less, for the cache's limit."""


def texts_of(entry: Entry) -> tuple[str, ...]:
    """All that is to be looked through of a post. What else posts come to say belongs here."""
    post = entry.post
    options = () if entry.poll is None else tuple([option.title for option in entry.poll.options])
    return (post.spoiler, post.text, *options, *[each.description for each in post.attachments])


async def matcher_of(ports: Ports, account_id: int) -> Matcher:
    """The account's filters, compiled."""
    key = f"filters:{account_id}"
    kept = ports.cache.get(key)
    if isinstance(kept, Matcher):
        return kept
    fill = ports.cache.fill()
    filters = await ports.storage.filters.of(account_id)
    matcher = Matcher(filters)
    size = sum(len(each.keywords) + len(each.statuses) + 1 for each in filters) * _SIZE
    fill.put(key, matcher, (key,), size)
    return matcher


async def apply_filters(
    ports: Ports, actor: Actor, listing: Listing[Entry], context: FilterContext
) -> Listing[Entry]:
    """A page of posts as the actor's filters leave it: hidden entries are gone, others carry their matches in
    `filtered`.
    """
    look = await look_of(ports, actor.id, context)
    if look is None:
        return listing
    return Listing(tuple(look.kept(listing.items)), listing.older, listing.newer)


async def apply_filters_to_notifications(
    ports: Ports, actor: Actor, listing: Listing[NotificationEntry]
) -> Listing[NotificationEntry]:
    """A page of notifications, by the posts that they are about."""
    look = await look_of(ports, actor.id, FilterContext.NOTIFICATIONS)
    if look is None:
        return listing
    kept = [shown for told in listing.items if (shown := look.at_notification(told)) is not None]
    return Listing(tuple(kept), listing.older, listing.newer)


async def apply_filters_to_thread(ports: Ports, actor: Actor, thread: Thread) -> Thread:
    """A thread; the post that was asked for is never hidden."""
    look = await look_of(ports, actor.id, FilterContext.THREAD)
    if look is None:
        return thread
    return Thread(
        ancestors=tuple(look.kept(thread.ancestors)),
        entry=look.marked(thread.entry),
        descendants=tuple(look.kept(thread.descendants)),
        more=thread.more,
    )


async def mark_filtered(ports: Ports, actor: Actor, entry: Entry, context: FilterContext) -> Entry:
    """A single post with its matches in `filtered`; it was asked for, so it is never hidden."""
    look = await look_of(ports, actor.id, context)
    return entry if look is None else look.marked(entry)


class Look:
    """One viewer's filters at one moment, for one context."""

    def __init__(self, matcher: Matcher, viewer: int, context: FilterContext, now: int) -> None:
        self._matcher = matcher
        self._viewer = viewer
        self._context = context
        self._now = now

    def _matches(self, entry: Entry) -> tuple[FilterMatch, ...]:
        if entry.post.account_id == self._viewer:
            return ()
        return self._matcher.match(
            texts_of(entry), dict.fromkeys((entry.post.id, entry.id)), self._context, self._now
        )

    def marked(self, entry: Entry) -> Entry:
        """The entry with its matches, never hidden."""
        matches = self._matches(entry)
        return replace(entry, filtered=matches) if matches else entry

    def at(self, entry: Entry) -> Entry | None:
        """The entry with its matches, None where it is to be hidden."""
        marked = self.marked(entry)
        hidden = any(match.filter.action is FilterAction.HIDE for match in marked.filtered)
        return None if hidden else marked

    def at_notification(self, told: NotificationEntry) -> NotificationEntry | None:
        """The notification by the post that it is about, None where that is to be hidden."""
        if told.entry is None:
            return told
        entry = self.at(told.entry)
        if entry is None:
            return None
        return told if entry is told.entry else replace(told, entry=entry)

    def kept(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        """Those of these entries that aren't to be hidden, with their matches."""
        return (kept for entry in entries if (kept := self.at(entry)) is not None)


async def look_of(ports: Ports, viewer: int | None, context: FilterContext) -> Look | None:
    """How this viewer's filters look at things now; None where nothing can be filtered."""
    if viewer is None:
        return None
    matcher = await matcher_of(ports, viewer)
    if not matcher.looks(context):
        return None
    return Look(matcher, viewer, context, ports.clock.now())
