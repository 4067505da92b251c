"""What operations on follows, blocks and mutes write."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.memory.lists import leave_lists
from microblog_core.memory.tables import Pair, Relation, Table, Tables
from microblog_core.ports.operations import (
    AddBlock,
    AddFollow,
    AddMute,
    DeleteBlock,
    DeleteFollow,
    DeleteMute,
)


def _both_exist(tables: Tables, pair: Pair) -> None:
    if not all(account_id in tables.accounts for account_id in pair):
        raise Conflict("The account is gone.", guard="exists")


def _add(table: Table[Pair, Relation], pair: Pair, relation: Relation, guard: str) -> None:
    if pair in table:
        raise Conflict("It is so already.", guard=guard)
    table.put(pair, relation)


def add_follow(tables: Tables, operation: AddFollow) -> None:
    """A follow; guards `exists`, `follow`, `block`."""
    pair = (operation.follower_id, operation.followee_id)
    _both_exist(tables, pair)
    if pair in tables.blocks or pair[::-1] in tables.blocks:
        raise Conflict("One of the two blocks the other.", guard="block")
    _add(tables.follows, pair, Relation(operation.id, operation.created_at), "follow")
    _count(tables, pair, 1)


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
    if tables.follows.remove(pair) is not None:
        _count(tables, pair, -1)
    leave_lists(tables, *pair)
    for key, author_id in tuple(tables.home.rows.items()):
        if key[0] == operation.follower_id and author_id == operation.followee_id:
            tables.home.remove(key)


def add_block(tables: Tables, operation: AddBlock) -> None:
    """A block, which ends follows both ways; guards `exists`, `blocked`."""
    pair = (operation.blocker_id, operation.blocked_id)
    _both_exist(tables, pair)
    _add(tables.blocks, pair, Relation(operation.id, operation.created_at), "blocked")
    for follower, followee in (pair, pair[::-1]):
        delete_follow(tables, DeleteFollow(follower_id=follower, followee_id=followee))


def delete_block(tables: Tables, operation: DeleteBlock) -> None:
    """End a block."""
    tables.blocks.remove((operation.blocker_id, operation.blocked_id))


def add_mute(tables: Tables, operation: AddMute) -> None:
    """A mute; guards `exists`, `muted`."""
    pair = (operation.muter_id, operation.muted_id)
    _both_exist(tables, pair)
    _add(tables.mutes, pair, Relation(operation.id, operation.created_at), "muted")


def delete_mute(tables: Tables, operation: DeleteMute) -> None:
    """End a mute."""
    tables.mutes.remove((operation.muter_id, operation.muted_id))
