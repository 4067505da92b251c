"""Operations on home timelines and notifications."""

from __future__ import annotations

from microblog_core.domain.notifications import Notification
from microblog_core.ports.operations.base import Operation


class FanOut(Operation, frozen=True, kw_only=True):
    """Home rows of `post_id` for its author (who wrote or boosted it) and all of the author's followers."""

    post_id: int
    author_id: int


class AddHomeRows(Operation, frozen=True, kw_only=True):
    """Home rows of one post for these accounts; rows that are there already stay."""

    post_id: int
    author_id: int
    account_ids: tuple[int, ...]


class BackfillHome(Operation, frozen=True, kw_only=True):
    """Home rows for the newest `limit` posts and boosts of an author, for a new follower."""

    account_id: int
    author_id: int
    limit: int


class AddNotification(Operation, frozen=True, kw_only=True):
    """A notification. Guard: `id`."""

    notification: Notification

    def changed(self) -> tuple[str, ...]:
        """The receiver's notifications."""
        return (f"notifications:{self.notification.account_id}",)


class DeleteNotifications(Operation, frozen=True, kw_only=True):
    """Notifications of this kind by this actor (and about this post), because what they tell was taken
    back.
    """

    account_id: int
    kind: str
    actor_id: int
    post_id: int | None = None

    def changed(self) -> tuple[str, ...]:
        """The receiver's notifications."""
        return (f"notifications:{self.account_id}",)


class MarkNotificationsRead(Operation, frozen=True, kw_only=True):
    """Everything up to this notification's id has been seen; the mark never goes back.

    It is the marker `notifications` (`SetMarkers`), changed `at` (Unix milliseconds), or else at the id's
    moment.
    """

    account_id: int
    up_to_id: int
    at: int = 0

    def changed(self) -> tuple[str, ...]:
        """The account's notifications."""
        return (f"notifications:{self.account_id}",)
