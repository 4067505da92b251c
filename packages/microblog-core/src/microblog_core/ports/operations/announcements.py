"""Operations on announcements and custom emojis."""

from __future__ import annotations

from microblog_core.domain.announcements import Announcement, CustomEmoji
from microblog_core.ports.operations.base import Operation


class AddAnnouncement(Operation, frozen=True, kw_only=True):
    """A new announcement. Guard: `id`."""

    announcement: Announcement

    def changed(self) -> tuple[str, ...]:
        """What is announced."""
        return ("announcements",)


class UpdateAnnouncement(Operation, frozen=True, kw_only=True):
    """An announcement as it is from now on, but for `created_at`. Guard: `exists`."""

    announcement: Announcement

    def changed(self) -> tuple[str, ...]:
        """What is announced."""
        return ("announcements",)


class DeleteAnnouncement(Operation, frozen=True, kw_only=True):
    """An announcement goes with its reactions and who read it."""

    announcement_id: int

    def changed(self) -> tuple[str, ...]:
        """What is announced."""
        return ("announcements",)


class MarkAnnouncementRead(Operation, frozen=True, kw_only=True):
    """Somebody has read it; that stays so. Guard: `exists`."""

    account_id: int
    announcement_id: int

    def changed(self) -> tuple[str, ...]:
        """What this reader sees of announcements."""
        return (f"announcements:{self.account_id}",)


class AddAnnouncementReaction(Operation, frozen=True, kw_only=True):
    """Somebody reacts, once with each name. Guard: `exists`."""

    account_id: int
    announcement_id: int
    name: str
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The counts of reactions."""
        return ("announcements",)


class DeleteAnnouncementReaction(Operation, frozen=True, kw_only=True):
    """Take a reaction back."""

    account_id: int
    announcement_id: int
    name: str

    def changed(self) -> tuple[str, ...]:
        """The counts of reactions."""
        return ("announcements",)


class PutEmoji(Operation, frozen=True, kw_only=True):
    """A custom emoji, in place of one with the same shortcode; capitals make no difference."""

    emoji: CustomEmoji

    def changed(self) -> tuple[str, ...]:
        """The emojis, and with them every page."""
        return ("emojis", "site")


class DeleteEmoji(Operation, frozen=True, kw_only=True):
    """A custom emoji goes; its blobs are somebody else's to remove."""

    shortcode: str

    def changed(self) -> tuple[str, ...]:
        """The emojis, and with them every page."""
        return ("emojis", "site")
