"""Operations on follows, blocks and mutes."""

from __future__ import annotations

from microblog_core.domain.relations import FollowOptions
from microblog_core.ports.operations.base import Operation


class AddFollow(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `follow` (follows already), `block` (one blocks the
    other), `locked` (has to be asked, unless `invited`: they said so). A request to follow goes.
    """

    id: int
    follower_id: int
    followee_id: int
    created_at: int
    options: FollowOptions = FollowOptions()
    invited: bool = False

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.follower_id}", f"account:{self.followee_id}")


class DeleteFollow(Operation, frozen=True, kw_only=True):
    """End a follow, and remove the followee from the follower's lists, and their posts and boosts from the
    follower's home rows.
    """

    follower_id: int
    followee_id: int

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.follower_id}", f"account:{self.followee_id}")


class AddBlock(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Ends follows and requests to follow both ways. Guards: `exists`, `blocked` (is
    one already).
    """

    id: int
    blocker_id: int
    blocked_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.blocker_id}", f"account:{self.blocked_id}")


class DeleteBlock(Operation, frozen=True, kw_only=True):
    """End a block."""

    blocker_id: int
    blocked_id: int

    def changed(self) -> tuple[str, ...]:
        """What both see of their notifications."""
        return (f"notifications:{self.blocker_id}", f"notifications:{self.blocked_id}")


class AddMute(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Without `notifications` those stay; it ends by itself at `expires_at` (Unix
    milliseconds), if that is given. Guards: `exists`, `muted` (is one already that has not ended).
    """

    id: int
    muter_id: int
    muted_id: int
    created_at: int
    notifications: bool = True
    expires_at: int | None = None

    def changed(self) -> tuple[str, ...]:
        """What the account sees of its notifications."""
        return (f"notifications:{self.muter_id}",)


class DeleteMute(Operation, frozen=True, kw_only=True):
    """End a mute; with `expires_at`, only if it is one that ends then."""

    muter_id: int
    muted_id: int
    expires_at: int | None = None

    def changed(self) -> tuple[str, ...]:
        """What the account sees of its notifications."""
        return (f"notifications:{self.muter_id}",)
