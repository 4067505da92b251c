"""Follows, blocks and mutes. Both accounts are locked first, in the order of their ids, so that guards hold
and nobody waits in a ring.
"""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddBlock,
    AddFollow,
    AddMute,
    DeleteBlock,
    DeleteFollow,
    DeleteMute,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_FOLLOW = insert("follows", ["follower_id", "followee_id", "id", "created_at"])
_BLOCK = insert("blocks", ["blocker_id", "blocked_id", "id", "created_at"])
_MUTE = insert("mutes", ["muter_id", "muted_id", "id", "created_at"])
_BLOCKED = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM blocks WHERE blocker_id = :follower_id AND blocked_id ="
    " :followee_id)"
    " OR EXISTS (SELECT 1 FROM blocks WHERE blocker_id = :followee_id AND blocked_id = :follower_id)"
)
_COUNT_FOLLOWING = "UPDATE accounts SET following_count = following_count + :change WHERE id = :id"
_COUNT_FOLLOWERS = "UPDATE accounts SET followers_count = followers_count + :change WHERE id = :id"
_LEAVE_LISTS = "DELETE FROM list_members WHERE owner_id = :follower_id AND account_id = :followee_id"
_TAKE_HOME_ROWS = (
    "DELETE FROM home_rows WHERE account_id = :follower_id"
    " AND post_id IN (SELECT id FROM posts WHERE account_id = :followee_id)"
)


def _lock(dialect: Dialect, one: int, other: int) -> Steps[bool]:
    """Lock both accounts; whether both are there."""
    statement = f"SELECT id FROM accounts WHERE id IN (:low, :high) ORDER BY id{dialect.locked()}"
    rows = yield statement, {"low": min(one, other), "high": max(one, other)}
    return len(rows) == len({one, other})


def _lock_existing(dialect: Dialect, one: int, other: int) -> Steps[None]:
    if not (yield from _lock(dialect, one, other)):
        raise Conflict("The account is gone.", guard="exists")


def add_follow(dialect: Dialect, operation: AddFollow) -> Steps[None]:
    """A follow; guards `exists`, `follow`, `block`."""
    yield from _lock_existing(dialect, operation.follower_id, operation.followee_id)
    values = {
        "id": operation.id,
        "follower_id": operation.follower_id,
        "followee_id": operation.followee_id,
        "created_at": operation.created_at,
    }
    if (yield _BLOCKED, values):
        raise Conflict("One of the two blocks the other.", guard="block")
    yield _FOLLOW, values
    yield from _count(operation.follower_id, operation.followee_id, 1)


def _count(follower_id: int, followee_id: int, change: int) -> Steps[None]:
    yield _COUNT_FOLLOWING, {"id": follower_id, "change": change}
    yield _COUNT_FOLLOWERS, {"id": followee_id, "change": change}


def delete_follow(dialect: Dialect, operation: DeleteFollow) -> Steps[None]:
    """End a follow and take the followee off lists and out of home rows."""
    yield from _lock(dialect, operation.follower_id, operation.followee_id)
    yield from _end_follow(operation.follower_id, operation.followee_id)


def _end_follow(follower_id: int, followee_id: int) -> Steps[None]:
    values = {"follower_id": follower_id, "followee_id": followee_id}
    statement = (
        "DELETE FROM follows WHERE follower_id = :follower_id AND followee_id = :followee_id RETURNING id"
    )
    if (yield statement, values):
        yield from _count(follower_id, followee_id, -1)
    yield _LEAVE_LISTS, values
    yield _TAKE_HOME_ROWS, values


def add_block(dialect: Dialect, operation: AddBlock) -> Steps[None]:
    """A block, which ends follows both ways; guards `exists`, `blocked`."""
    blocker, blocked = operation.blocker_id, operation.blocked_id
    yield from _lock_existing(dialect, blocker, blocked)
    values = {
        "id": operation.id,
        "blocker_id": blocker,
        "blocked_id": blocked,
        "created_at": operation.created_at,
    }
    yield _BLOCK, values
    yield from _end_follow(blocker, blocked)
    yield from _end_follow(blocked, blocker)


def delete_block(dialect: Dialect, operation: DeleteBlock) -> Steps[None]:
    """End a block."""
    values = {"blocker_id": operation.blocker_id, "blocked_id": operation.blocked_id}
    yield "DELETE FROM blocks WHERE blocker_id = :blocker_id AND blocked_id = :blocked_id", values


def add_mute(dialect: Dialect, operation: AddMute) -> Steps[None]:
    """A mute; guards `exists`, `muted`."""
    values = {
        "id": operation.id,
        "muter_id": operation.muter_id,
        "muted_id": operation.muted_id,
        "created_at": operation.created_at,
    }
    yield _MUTE, values


def delete_mute(dialect: Dialect, operation: DeleteMute) -> Steps[None]:
    """End a mute."""
    values = {"muter_id": operation.muter_id, "muted_id": operation.muted_id}
    yield "DELETE FROM mutes WHERE muter_id = :muter_id AND muted_id = :muted_id", values
