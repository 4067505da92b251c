"""Announcements and custom emojis in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.announcements import (
    ANNOUNCEMENTS_SHOWN,
    REACTIONS,
    Announcement,
    AnnouncementEntry,
    CustomEmoji,
    Reaction,
)
from microblog_core.domain.emojis import folded
from microblog_core.domain.errors import Conflict
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.paging import cut
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddAnnouncement,
    AddAnnouncementReaction,
    DeleteAnnouncement,
    DeleteAnnouncementReaction,
    DeleteEmoji,
    MarkAnnouncementRead,
    PutEmoji,
    UpdateAnnouncement,
)


def add_announcement(tables: Tables, operation: AddAnnouncement) -> None:
    """A new announcement; guard `id`."""
    if operation.announcement.id in tables.announcements:
        raise Conflict("An announcement with this id exists.", guard="id")
    tables.announcements.put(operation.announcement.id, operation.announcement)


def update_announcement(tables: Tables, operation: UpdateAnnouncement) -> None:
    """As it is from now on; guard `exists`."""
    before = tables.announcements.get(operation.announcement.id)
    if before is None:
        raise Conflict("The announcement is gone.", guard="exists")
    tables.announcements.put(before.id, replace(operation.announcement, created_at=before.created_at))


def delete_announcement(tables: Tables, operation: DeleteAnnouncement) -> None:
    """An announcement goes with what belongs to it."""
    tables.announcements.remove(operation.announcement_id)
    for pair in tuple(tables.announcement_reads.rows):
        if pair[1] == operation.announcement_id:
            tables.announcement_reads.remove(pair)
    for key in tuple(tables.announcement_reactions.rows):
        if key[0] == operation.announcement_id:
            tables.announcement_reactions.remove(key)


def _both_exist(tables: Tables, account_id: int, announcement_id: int) -> None:
    if account_id not in tables.accounts or announcement_id not in tables.announcements:
        raise Conflict("The announcement is gone.", guard="exists")


def mark_announcement_read(tables: Tables, operation: MarkAnnouncementRead) -> None:
    """Somebody has read it; guard `exists`."""
    _both_exist(tables, operation.account_id, operation.announcement_id)
    tables.announcement_reads.put((operation.account_id, operation.announcement_id), True)


def add_announcement_reaction(tables: Tables, operation: AddAnnouncementReaction) -> None:
    """Somebody reacts; guard `exists`."""
    _both_exist(tables, operation.account_id, operation.announcement_id)
    key = (operation.announcement_id, operation.name, operation.account_id)
    tables.announcement_reactions.put(key, operation.created_at)


def delete_announcement_reaction(tables: Tables, operation: DeleteAnnouncementReaction) -> None:
    """Take a reaction back."""
    key = (operation.announcement_id, operation.name, operation.account_id)
    tables.announcement_reactions.remove(key)


def put_emoji(tables: Tables, operation: PutEmoji) -> None:
    """A custom emoji."""
    tables.emojis.put(folded(operation.emoji.shortcode), operation.emoji)


def delete_emoji(tables: Tables, operation: DeleteEmoji) -> None:
    """A custom emoji goes."""
    tables.emojis.remove(folded(operation.shortcode))


class AnnouncementReads:
    """A `ports.announcements.AnnouncementReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def shown(self, viewer: int | None, now: int) -> Sequence[AnnouncementEntry]:
        """The announcements that are on, newest first."""
        on = [each for each in self._tables.announcements.rows.values() if each.is_on(now)]
        newest = sorted(on, key=lambda each: -each.id)[:ANNOUNCEMENTS_SHOWN]
        return tuple(self._entry(viewer, each) for each in newest)

    def _entry(self, viewer: int | None, announcement: Announcement) -> AnnouncementEntry:
        given = [key[1:] for key in self._tables.announcement_reactions.rows if key[0] == announcement.id]
        names = [name for name, _ in given]
        return AnnouncementEntry(
            announcement=announcement,
            read=viewer is not None and (viewer, announcement.id) in self._tables.announcement_reads,
            reactions=tuple(
                Reaction(name=name, count=names.count(name), me=(name, viewer) in given)
                for name in REACTIONS
                if name in names
            ),
        )

    async def get(self, announcement_id: int) -> Announcement | None:
        """One announcement."""
        return self._tables.announcements.get(announcement_id)

    async def page(self, page: Page) -> Listing[Announcement]:
        """All announcements, newest first."""
        return cut(self._tables.announcements.rows.values(), page, lambda each: each.id)

    async def emojis(self) -> Sequence[CustomEmoji]:
        """All custom emojis by shortcode."""
        return tuple(sorted(self._tables.emojis.rows.values(), key=lambda each: each.shortcode))
