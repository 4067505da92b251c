"""Announcements, who read them and how people react, and custom emojis."""

from __future__ import annotations

from microblog_core.domain.emojis import folded
from microblog_core.domain.errors import Conflict
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
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.announcements import ANNOUNCEMENT, EMOJI
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_ANNOUNCEMENT = insert("announcements", ANNOUNCEMENT)
_UPDATE = (
    "UPDATE announcements SET text = :text, html = :html, starts_at = :starts_at, ends_at = :ends_at,"
    " published = :published WHERE id = :id RETURNING id"
)
_READ = insert("announcement_reads", ["account_id", "announcement_id"], "ON CONFLICT DO NOTHING")
_REACTION = insert(
    "announcement_reactions",
    ["announcement_id", "name", "account_id", "created_at"],
    "ON CONFLICT DO NOTHING",
)
_TAKE_BACK = (
    "DELETE FROM announcement_reactions"
    " WHERE announcement_id = :announcement_id AND name = :name AND account_id = :account_id"
)
_EMOJI = insert(
    "custom_emojis",
    [*EMOJI, "folded"],
    "ON CONFLICT (folded) DO UPDATE SET shortcode = excluded.shortcode,"
    " picture_key = excluded.picture_key, static_key = excluded.static_key,"
    " category = excluded.category, visible_in_picker = excluded.visible_in_picker,"
    " disabled = excluded.disabled, size = excluded.size",
)


def add_announcement(dialect: Dialect, operation: AddAnnouncement) -> Steps[None]:
    """A new announcement; guard `id`."""
    yield _ANNOUNCEMENT, {name: getattr(operation.announcement, name) for name in ANNOUNCEMENT}


def update_announcement(dialect: Dialect, operation: UpdateAnnouncement) -> Steps[None]:
    """As it is from now on; guard `exists`."""
    if not (yield _UPDATE, {name: getattr(operation.announcement, name) for name in ANNOUNCEMENT}):
        raise Conflict("The announcement is gone.", guard="exists")


def delete_announcement(dialect: Dialect, operation: DeleteAnnouncement) -> Steps[None]:
    """An announcement goes with what belongs to it."""
    yield "DELETE FROM announcements WHERE id = :id", {"id": operation.announcement_id}


def mark_announcement_read(dialect: Dialect, operation: MarkAnnouncementRead) -> Steps[None]:
    """Somebody has read it; guard `exists`."""
    yield _READ, {"account_id": operation.account_id, "announcement_id": operation.announcement_id}


def add_announcement_reaction(dialect: Dialect, operation: AddAnnouncementReaction) -> Steps[None]:
    """Somebody reacts; guard `exists`."""
    yield (
        _REACTION,
        {
            "announcement_id": operation.announcement_id,
            "name": operation.name,
            "account_id": operation.account_id,
            "created_at": operation.created_at,
        },
    )


def delete_announcement_reaction(dialect: Dialect, operation: DeleteAnnouncementReaction) -> Steps[None]:
    """Take a reaction back."""
    yield (
        _TAKE_BACK,
        {
            "announcement_id": operation.announcement_id,
            "name": operation.name,
            "account_id": operation.account_id,
        },
    )


def put_emoji(dialect: Dialect, operation: PutEmoji) -> Steps[None]:
    """A custom emoji."""
    values = {name: getattr(operation.emoji, name) for name in EMOJI}
    yield _EMOJI, values | {"folded": folded(operation.emoji.shortcode)}


def delete_emoji(dialect: Dialect, operation: DeleteEmoji) -> Steps[None]:
    """A custom emoji goes."""
    yield "DELETE FROM custom_emojis WHERE folded = :folded", {"folded": folded(operation.shortcode)}
