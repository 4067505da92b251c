"""Requests to follow, options of follows and mutes, private notes."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AcceptFollow,
    AddFollowRequest,
    DeleteFollowRequest,
    SetNote,
    UpdateFollow,
    UpdateMute,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert, options_values
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.relations import FOLLOW_COLUMNS, count, lock_existing, may_follow

_REQUEST = insert("follow_requests", FOLLOW_COLUMNS)
_FOLLOW = insert("follows", FOLLOW_COLUMNS)
_TAKE = "DELETE FROM follow_requests WHERE follower_id = :follower_id AND followee_id = :followee_id"
_OPTIONS = (
    "UPDATE {table} SET boosts = :boosts, notify = :notify, languages = :languages"
    " WHERE follower_id = :follower_id AND followee_id = :followee_id"
)
_UPDATE_MUTE = (
    "UPDATE mutes SET notifications = :notifications, expires_at = :expires_at"
    " WHERE muter_id = :muter AND muted_id = :muted"
)
_NOTE = insert(
    "account_notes",
    ["account_id", "about_id", "note"],
    "ON CONFLICT (account_id, about_id) DO UPDATE SET note = excluded.note",
)


def _pair(
    operation: AcceptFollow | AddFollowRequest | DeleteFollowRequest | UpdateFollow,
) -> dict[str, object]:
    return {"follower_id": operation.follower_id, "followee_id": operation.followee_id}


def add_follow_request(dialect: Dialect, operation: AddFollowRequest) -> Steps[None]:
    """A request to follow; guards `exists`, `follow`, `request`, `block`, `unlocked`."""
    if not (yield from may_follow(dialect, operation.follower_id, operation.followee_id)):
        raise Conflict("This person needs not be asked.", guard="unlocked")
    values = _pair(operation) | {"id": operation.id, "created_at": operation.created_at}
    yield _REQUEST, values | options_values(operation.options)


def accept_follow(dialect: Dialect, operation: AcceptFollow) -> Steps[None]:
    """A request becomes a follow; guards `request`, `follow`."""
    yield from lock_existing(dialect, operation.follower_id, operation.followee_id)
    values = _pair(operation) | {"id": operation.id, "created_at": operation.created_at}
    taken = yield f"{_TAKE} RETURNING boosts, notify, languages", values
    if not taken:
        raise Conflict("There is no such request.", guard="request")
    boosts, notify, languages = taken[0]
    yield _FOLLOW, values | {"boosts": boosts, "notify": notify, "languages": languages}
    yield from count(operation.follower_id, operation.followee_id, 1)


def delete_follow_request(dialect: Dialect, operation: DeleteFollowRequest) -> Steps[None]:
    """Withdraw or reject a request."""
    yield _TAKE, _pair(operation)


def update_follow(dialect: Dialect, operation: UpdateFollow) -> Steps[None]:
    """New options of a follow, or of a request to follow."""
    values = _pair(operation) | options_values(operation.options)
    for table in ("follows", "follow_requests"):
        yield _OPTIONS.format(table=table), values


def update_mute(dialect: Dialect, operation: UpdateMute) -> Steps[None]:
    """New options of a mute."""
    yield (
        _UPDATE_MUTE,
        {
            "muter": operation.muter_id,
            "muted": operation.muted_id,
            "notifications": operation.notifications,
            "expires_at": operation.expires_at,
        },
    )


def set_note(dialect: Dialect, operation: SetNote) -> Steps[None]:
    """A private note, or none; guard `exists`."""
    yield from lock_existing(dialect, operation.account_id, operation.about_id)
    values = {"account_id": operation.account_id, "about_id": operation.about_id, "note": operation.note}
    if operation.note:
        yield _NOTE, values
    else:
        yield "DELETE FROM account_notes WHERE account_id = :account_id AND about_id = :about_id", values
