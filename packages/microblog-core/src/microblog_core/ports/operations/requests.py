"""Operations on requests to follow, on what a follow or mute brings, and on private notes."""

from __future__ import annotations

from microblog_core.domain.relations import FollowOptions
from microblog_core.ports.operations.base import Operation
from microblog_core.ports.operations.outbox import Job


class UpdateFollow(Operation, frozen=True, kw_only=True):
    """New options of a follow, or of a request to follow."""

    follower_id: int
    followee_id: int
    options: FollowOptions


class AddFollowRequest(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `follow` (follows already), `request` (asked already),
    `block` (one blocks the other), `unlocked` (may be followed without asking).
    """

    id: int
    follower_id: int
    followee_id: int
    created_at: int
    options: FollowOptions = FollowOptions()


class AcceptFollow(Operation, frozen=True, kw_only=True):
    """Make a request a follow, with the request's options; `id` is the follow's. Guards: `request` (there is
    none, or none any more), `follow`.
    """

    id: int
    follower_id: int
    followee_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """Both accounts' counts."""
        return (f"account:{self.follower_id}", f"account:{self.followee_id}")


class DeleteFollowRequest(Operation, frozen=True, kw_only=True):
    """Withdraw or reject a request."""

    follower_id: int
    followee_id: int


class UpdateMute(Operation, frozen=True, kw_only=True):
    """Whether a mute is about notifications too, and when it ends (Unix milliseconds, None for never)."""

    muter_id: int
    muted_id: int
    notifications: bool = True
    expires_at: int | None = None

    def changed(self) -> tuple[str, ...]:
        """What the account sees of its notifications."""
        return (f"notifications:{self.muter_id}",)


class SetNote(Operation, frozen=True, kw_only=True):
    """What somebody notes about another, for themselves; an empty text removes it. Guard: `exists`."""

    account_id: int
    about_id: int
    note: str


class AddJobForNotified(Operation, frozen=True, kw_only=True):
    """An outbox row, as `AddJob`, if anybody follows the author with `notify`."""

    author_id: int
    job: Job
