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
from microblog_plugins.sql.errors import conflict
from microblog_plugins.sql.rows import LOCKED, insert, options_values
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes import statistics

FOLLOW_COLUMNS = ["follower_id", "followee_id", "id", "created_at", "boosts", "notify", "languages"]
_FOLLOW = insert("follows", FOLLOW_COLUMNS)
_BLOCK = insert("blocks", ["blocker_id", "blocked_id", "id", "created_at"])
_MUTE = insert("mutes", ["muter_id", "muted_id", "id", "created_at", "notifications", "expires_at"])
_STANDING = (
    "SELECT EXISTS (SELECT 1 FROM blocks WHERE blocker_id = :follower_id AND blocked_id = :followee_id)"
    " OR EXISTS (SELECT 1 FROM blocks WHERE blocker_id = :followee_id AND blocked_id = :follower_id),"
    " EXISTS (SELECT 1 FROM follows WHERE follower_id = :follower_id AND followee_id = :followee_id),"
    f" (SELECT (flags & {LOCKED}) <> 0 FROM accounts WHERE id = :followee_id)"
)
_TAKE_REQUESTS = (
    "DELETE FROM follow_requests WHERE (follower_id = :blocker_id AND followee_id = :blocked_id)"
    " OR (follower_id = :blocked_id AND followee_id = :blocker_id)"
)
_TAKE_REQUEST = "DELETE FROM follow_requests WHERE follower_id = :follower_id AND followee_id = :followee_id"
_COUNT_FOLLOWING = (
    "UPDATE accounts SET revision = revision + 1, following_count = following_count + :change WHERE id = :id"
)
_COUNT_FOLLOWERS = (
    "UPDATE accounts SET revision = revision + 1, followers_count = followers_count + :change WHERE id = :id"
)
_UNMUTE = "DELETE FROM mutes WHERE muter_id = :muter_id AND muted_id = :muted_id"
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


def lock_existing(dialect: Dialect, one: int, other: int) -> Steps[None]:
    """Lock both accounts; guard `exists`."""
    if not (yield from _lock(dialect, one, other)):
        raise Conflict("The account is gone.", guard="exists")


def add_follow(dialect: Dialect, operation: AddFollow) -> Steps[None]:
    """A follow; guards `exists`, `follow`, `block`, `locked`."""
    asks = yield from may_follow(dialect, operation.follower_id, operation.followee_id)
    if asks and not operation.invited:
        raise Conflict("This person has to be asked.", guard="locked")
    values = {
        "id": operation.id,
        "follower_id": operation.follower_id,
        "followee_id": operation.followee_id,
        "created_at": operation.created_at,
    }
    yield _TAKE_REQUEST, values
    yield _FOLLOW, values | options_values(operation.options)
    yield from count(operation.follower_id, operation.followee_id, 1)


def may_follow(dialect: Dialect, follower_id: int, followee_id: int) -> Steps[bool]:
    """Lock both accounts; whether the followee has to be asked. Guards: `exists`, `block`, `follow`."""
    yield from lock_existing(dialect, follower_id, followee_id)
    rows = yield _STANDING, {"follower_id": follower_id, "followee_id": followee_id}
    blocked, following, asked = rows[0]
    if blocked:
        raise Conflict("One of the two blocks the other.", guard="block")
    if following:
        raise conflict("follow")
    return bool(asked)


def count(follower_id: int, followee_id: int, change: int) -> Steps[None]:
    """Count a follow that came (1) or goes (-1) at both."""
    yield _COUNT_FOLLOWING, {"id": follower_id, "change": change}
    yield _COUNT_FOLLOWERS, {"id": followee_id, "change": change}


def delete_follow(dialect: Dialect, operation: DeleteFollow) -> Steps[None]:
    """End a follow and take the followee off lists and out of home rows."""
    yield from _lock(dialect, operation.follower_id, operation.followee_id)
    yield from _end_follow(operation.follower_id, operation.followee_id)


def _end_follow(follower_id: int, followee_id: int) -> Steps[None]:
    values = {"follower_id": follower_id, "followee_id": followee_id}
    statement = (
        "DELETE FROM follows WHERE follower_id = :follower_id AND followee_id = :followee_id"
        " RETURNING created_at"
    )
    if taken := (yield statement, values):
        yield from statistics.mark_moment(taken[0][0])
        yield from count(follower_id, followee_id, -1)
    yield _LEAVE_LISTS, values
    yield _TAKE_HOME_ROWS, values


def add_block(dialect: Dialect, operation: AddBlock) -> Steps[None]:
    """A block, which ends follows and requests both ways; guards `exists`, `blocked`."""
    blocker, blocked = operation.blocker_id, operation.blocked_id
    yield from lock_existing(dialect, blocker, blocked)
    values = {
        "id": operation.id,
        "blocker_id": blocker,
        "blocked_id": blocked,
        "created_at": operation.created_at,
    }
    yield _BLOCK, values
    yield from _end_follow(blocker, blocked)
    yield from _end_follow(blocked, blocker)
    yield _TAKE_REQUESTS, values


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
        "notifications": operation.notifications,
        "expires_at": operation.expires_at,
    }
    yield f"{_UNMUTE} AND expires_at <= :created_at", values
    yield _MUTE, values


def delete_mute(dialect: Dialect, operation: DeleteMute) -> Steps[None]:
    """End a mute."""
    values = {"muter_id": operation.muter_id, "muted_id": operation.muted_id}
    if operation.expires_at is None:
        yield _UNMUTE, values
    else:
        yield f"{_UNMUTE} AND expires_at = :expires_at", values | {"expires_at": operation.expires_at}
