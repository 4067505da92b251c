"""Operations on what people mark for themselves: bookmarks, pins, muted threads, markers, tags."""

from __future__ import annotations

from microblog_core.ports.operations.base import Operation


class AddBookmark(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `bookmark` (is one already)."""

    id: int
    account_id: int
    post_id: int
    created_at: int


class DeleteBookmark(Operation, frozen=True, kw_only=True):
    """Take a bookmark back."""

    account_id: int
    post_id: int


class AddPin(Operation, frozen=True, kw_only=True):
    """Show an own post on top of the profile; `id` is the relation's.

    Guards: `exists` (or it is somebody else's), `pin` (is pinned already), `pins` (`PINS_MAX` are).
    """

    id: int
    account_id: int
    post_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The profile."""
        return (f"posts-of:{self.account_id}",)


class DeletePin(Operation, frozen=True, kw_only=True):
    """No longer show a post on top."""

    account_id: int
    post_id: int

    def changed(self) -> tuple[str, ...]:
        """The profile."""
        return (f"posts-of:{self.account_id}",)


class AddThreadMute(Operation, frozen=True, kw_only=True):
    """No notifications about posts of a thread. Guards: `exists`, `thread` (is muted already)."""

    account_id: int
    thread_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """What the account sees of its notifications."""
        return (f"notifications:{self.account_id}",)


class DeleteThreadMute(Operation, frozen=True, kw_only=True):
    """Notifications about posts of a thread again."""

    account_id: int
    thread_id: int

    def changed(self) -> tuple[str, ...]:
        """What the account sees of its notifications."""
        return (f"notifications:{self.account_id}",)


class SetMarkers(Operation, frozen=True, kw_only=True):
    """How far somebody has read; None leaves a marker. Each one set has its version grow by one in the
    storage, so of two at the same time none is lost.

    `home` is what came last. `notifications` never goes back: it is what `MarkNotificationsRead` sets.
    """

    account_id: int
    home: int | None = None
    notifications: int | None = None
    updated_at: int

    def changed(self) -> tuple[str, ...]:
        """The account's notifications."""
        return () if self.notifications is None else (f"notifications:{self.account_id}",)


class DismissNotification(Operation, frozen=True, kw_only=True):
    """Remove one notification of the account."""

    account_id: int
    notification_id: int

    def changed(self) -> tuple[str, ...]:
        """The account's notifications."""
        return (f"notifications:{self.account_id}",)


class DismissNotifications(Operation, frozen=True, kw_only=True):
    """Remove the account's notifications of a kind, about one post where it is given."""

    account_id: int
    kind: str
    post_id: int | None = None

    def changed(self) -> tuple[str, ...]:
        """The account's notifications."""
        return (f"notifications:{self.account_id}",)


class ClearNotifications(Operation, frozen=True, kw_only=True):
    """Remove all notifications of the account."""

    account_id: int

    def changed(self) -> tuple[str, ...]:
        """The account's notifications."""
        return (f"notifications:{self.account_id}",)


class AddTagFollow(Operation, frozen=True, kw_only=True):
    """Public posts with a tag (case folded) come into the home timeline; `id` is the relation's.

    Guards: `exists`, `tag` (is followed already), `tags` (`FOLLOWED_TAGS_MAX` are).
    """

    id: int
    account_id: int
    tag: str
    created_at: int


class DeleteTagFollow(Operation, frozen=True, kw_only=True):
    """End following a tag."""

    account_id: int
    tag: str


class AddFeaturedTag(Operation, frozen=True, kw_only=True):
    """Show a tag (case folded) on the profile. Guards: `id`, `exists`, `featured` (is shown already),
    `featured_tags` (`FEATURED_TAGS_MAX` are).
    """

    id: int
    account_id: int
    tag: str
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The profile."""
        return (f"account:{self.account_id}",)


class DeleteFeaturedTag(Operation, frozen=True, kw_only=True):
    """No longer show a tag on the profile."""

    account_id: int
    tag: str

    def changed(self) -> tuple[str, ...]:
        """The profile."""
        return (f"account:{self.account_id}",)
