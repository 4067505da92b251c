"""Lists and who is on them. The owner's account is locked first where something is counted or a follow is
asked for: `relations` locks it too before a follow ends.
"""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddList,
    AddListMembers,
    DeleteList,
    DeleteListMembers,
    UpdateList,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.locks import lock_account

_LIST = insert("lists", ["id", "account_id", "title", "replies_policy", "exclusive"])
_COUNT = "SELECT COUNT(*) FROM lists WHERE account_id = :account_id"
_UPDATE = (
    "UPDATE lists SET title = COALESCE(:title, title),"
    " replies_policy = COALESCE(:replies_policy, replies_policy),"
    " exclusive = COALESCE(:exclusive, exclusive)"
    " WHERE id = :list_id AND account_id = :account_id RETURNING id"
)
_OWN = "SELECT id FROM lists WHERE id = :list_id AND account_id = :owner_id"
_MEMBER = insert(
    "list_members", ["list_id", "account_id", "owner_id", "id", "created_at"], "ON CONFLICT DO NOTHING"
)


def add_list(dialect: Dialect, operation: AddList) -> Steps[None]:
    """A new list; guards `id`, `exists`, `limit`."""
    made = operation.list
    yield from lock_account(dialect, made.account_id)
    counted = yield _COUNT, {"account_id": made.account_id}
    if counted[0][0] >= operation.limit:
        raise Conflict("There are too many lists.", guard="limit")
    yield (
        _LIST,
        {
            "id": made.id,
            "account_id": made.account_id,
            "title": made.title,
            "replies_policy": str(made.replies_policy),
            "exclusive": made.exclusive,
        },
    )


def update_list(dialect: Dialect, operation: UpdateList) -> Steps[None]:
    """Other properties; guard `exists`."""
    values = {
        "list_id": operation.list_id,
        "account_id": operation.account_id,
        "title": operation.title,
        "replies_policy": None if operation.replies_policy is None else str(operation.replies_policy),
        "exclusive": operation.exclusive,
    }
    if not (yield _UPDATE, values):
        raise Conflict("The list is gone.", guard="exists")


def delete_list(dialect: Dialect, operation: DeleteList) -> Steps[None]:
    """A list goes with its members."""
    statement = "DELETE FROM lists WHERE id = :list_id AND account_id = :owner_id"
    yield statement, {"list_id": operation.list_id, "owner_id": operation.account_id}


def add_list_members(dialect: Dialect, operation: AddListMembers) -> Steps[None]:
    """People come on a list; guards `exists`, `follow`, `limit`."""
    yield from lock_account(dialect, operation.account_id)
    own = {"list_id": operation.list_id, "owner_id": operation.account_id}
    if not (yield _OWN, own):
        raise Conflict("The list is gone.", guard="exists")
    wanted = {account_id for _, account_id in operation.members}
    followed = (
        "SELECT COUNT(*) FROM follows f"
        f" WHERE f.follower_id = :owner_id AND {dialect.among('f.followee_id', 'ids')}"
    )
    if (yield followed, own | {"ids": dialect.ids(wanted)})[0][0] != len(wanted):
        raise Conflict("Somebody is not followed.", guard="follow")
    for relation_id, account_id in operation.members:
        values = {"id": relation_id, "account_id": account_id, "created_at": operation.created_at}
        yield _MEMBER, own | values
    counted = yield "SELECT COUNT(*) FROM list_members WHERE list_id = :list_id", own
    if counted[0][0] > operation.limit:
        raise Conflict("There are too many people on the list.", guard="limit")


def delete_list_members(dialect: Dialect, operation: DeleteListMembers) -> Steps[None]:
    """People go off a list."""
    statement = (
        "DELETE FROM list_members WHERE list_id = :list_id AND owner_id = :owner_id"
        f" AND {dialect.among('account_id', 'ids')}"
    )
    values = {"list_id": operation.list_id, "owner_id": operation.account_id}
    yield statement, values | {"ids": dialect.ids(operation.account_ids)}
