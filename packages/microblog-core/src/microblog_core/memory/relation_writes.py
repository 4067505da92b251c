"""What operations on follows, blocks and mutes write."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.memory.lists import leave_lists
from microblog_core.memory.statistics_writes import mark_stale
from microblog_core.memory.tables import Follow, Mute, Pair, Relation, Table, Tables
from microblog_core.ports.operations import (
    AcceptFollow,
    AddBlock,
    AddFollow,
    AddFollowRequest,
    AddMute,
    DeleteBlock,
    DeleteFollow,
    DeleteFollowRequest,
    DeleteMute,
    SetNote,
    UpdateFollow,
    UpdateMute,
)

R = TypeVar("R", bound=Relation)


def _both_exist(tables: Tables, pair: Pair) -> None:
    if not all(account_id in tables.accounts for account_id in pair):
        raise Conflict("The account is gone.", guard="exists")


def _add(table: Table[Pair, R], pair: Pair, relation: R, guard: str) -> None:
    if pair in table:
        raise Conflict("It is so already.", guard=guard)
    table.put(pair, relation)


def add_follow(tables: Tables, operation: AddFollow) -> None:
    """A follow; guards `exists`, `follow`, `block`, `locked`."""
    pair = (operation.follower_id, operation.followee_id)
    _may_follow(tables, pair)
    if tables.accounts.rows[operation.followee_id].locked and not operation.invited:
        raise Conflict("This person has to be asked.", guard="locked")
    tables.requests.remove(pair)
    tables.follows.put(pair, Follow(operation.id, operation.created_at, operation.options))
    _count(tables, pair, 1)


def _may_follow(tables: Tables, pair: Pair) -> None:
    _both_exist(tables, pair)
    if pair in tables.blocks or pair[::-1] in tables.blocks:
        raise Conflict("One of the two blocks the other.", guard="block")
    if pair in tables.follows:
        raise Conflict("It is so already.", guard="follow")


def add_follow_request(tables: Tables, operation: AddFollowRequest) -> None:
    """A request to follow; guards `exists`, `follow`, `request`, `block`, `unlocked`."""
    pair = (operation.follower_id, operation.followee_id)
    _may_follow(tables, pair)
    if not tables.accounts.rows[operation.followee_id].locked:
        raise Conflict("This person needs not be asked.", guard="unlocked")
    _add(
        tables.requests,
        pair,
        Follow(operation.id, operation.created_at, operation.options),
        "request",
    )


def accept_follow(tables: Tables, operation: AcceptFollow) -> None:
    """A request becomes a follow; guards `request`, `follow`."""
    pair = (operation.follower_id, operation.followee_id)
    request = tables.requests.remove(pair)
    if request is None:
        raise Conflict("There is no such request.", guard="request")
    _add(tables.follows, pair, Follow(operation.id, operation.created_at, request.options), "follow")
    _count(tables, pair, 1)


def delete_follow_request(tables: Tables, operation: DeleteFollowRequest) -> None:
    """Withdraw or reject a request."""
    tables.requests.remove((operation.follower_id, operation.followee_id))


def update_follow(tables: Tables, operation: UpdateFollow) -> None:
    """New options of a follow or of a request to follow."""
    pair = (operation.follower_id, operation.followee_id)
    for table in (tables.follows, tables.requests):
        stored = table.get(pair)
        if stored is not None:
            table.put(pair, replace(stored, options=operation.options))


def _count(tables: Tables, pair: Pair, change: int) -> None:
    follower, followee = tables.accounts.get(pair[0]), tables.accounts.get(pair[1])
    if follower is not None:
        count = follower.following_count + change
        tables.accounts.put(follower.id, replace(follower, following_count=count))
    if followee is not None:
        count = followee.followers_count + change
        tables.accounts.put(followee.id, replace(followee, followers_count=count))


def delete_follow(tables: Tables, operation: DeleteFollow) -> None:
    """End a follow and remove the followee from the follower's lists and home rows."""
    pair = (operation.follower_id, operation.followee_id)
    if (removed := tables.follows.remove(pair)) is not None:
        mark_stale(tables, removed.created_at)
        _count(tables, pair, -1)
    leave_lists(tables, *pair)
    for key, author_id in tuple(tables.home.rows.items()):
        if key[0] == operation.follower_id and author_id == operation.followee_id:
            tables.home.remove(key)


def add_block(tables: Tables, operation: AddBlock) -> None:
    """A block, which ends follows and requests both ways; guards `exists`, `blocked`."""
    pair = (operation.blocker_id, operation.blocked_id)
    _both_exist(tables, pair)
    _add(tables.blocks, pair, Relation(operation.id, operation.created_at), "blocked")
    for follower, followee in (pair, pair[::-1]):
        delete_follow(tables, DeleteFollow(follower_id=follower, followee_id=followee))
        tables.requests.remove((follower, followee))


def delete_block(tables: Tables, operation: DeleteBlock) -> None:
    """End a block."""
    tables.blocks.remove((operation.blocker_id, operation.blocked_id))


def add_mute(tables: Tables, operation: AddMute) -> None:
    """A mute; guards `exists`, `muted`."""
    pair = (operation.muter_id, operation.muted_id)
    _both_exist(tables, pair)
    before = tables.mutes.get(pair)
    if before is not None and before.ended(operation.created_at):
        tables.mutes.remove(pair)
    mute = Mute(operation.id, operation.created_at, operation.notifications, operation.expires_at)
    _add(tables.mutes, pair, mute, "muted")


def update_mute(tables: Tables, operation: UpdateMute) -> None:
    """New options of a mute."""
    pair = (operation.muter_id, operation.muted_id)
    stored = tables.mutes.get(pair)
    if stored is not None:
        changed = replace(stored, notifications=operation.notifications, expires_at=operation.expires_at)
        tables.mutes.put(pair, changed)


def delete_mute(tables: Tables, operation: DeleteMute) -> None:
    """End a mute."""
    pair = (operation.muter_id, operation.muted_id)
    stored = tables.mutes.get(pair)
    if stored is not None and operation.expires_at in (None, stored.expires_at):
        tables.mutes.remove(pair)


def set_note(tables: Tables, operation: SetNote) -> None:
    """A private note, or none; guard `exists`."""
    pair = (operation.account_id, operation.about_id)
    _both_exist(tables, pair)
    if operation.note:
        tables.notes.put(pair, operation.note)
    else:
        tables.notes.remove(pair)
