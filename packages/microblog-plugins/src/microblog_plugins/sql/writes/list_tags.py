"""Hashtags on lists. The owner's account is locked first, as it is for the people on them."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import AddListTag, DeleteListTag
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.locks import lock_account

_OWN = "SELECT id FROM lists WHERE id = :list_id AND account_id = :owner_id"
_COUNT = (
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN tag = :tag THEN 1 ELSE 0 END), 0) FROM list_tags"
    " WHERE list_id = :list_id"
)
_TAG = insert("list_tags", ["list_id", "tag", "id", "created_at"])
_DELETE = f"DELETE FROM list_tags WHERE list_id IN ({_OWN}) AND tag = :tag"


def add_list_tag(dialect: Dialect, operation: AddListTag) -> Steps[None]:
    """A hashtag comes on a list; guards `exists`, `limit`."""
    yield from lock_account(dialect, operation.account_id)
    values = {
        "id": operation.id,
        "list_id": operation.list_id,
        "owner_id": operation.account_id,
        "tag": operation.tag,
        "created_at": operation.created_at,
    }
    if not (yield _OWN, values):
        raise Conflict("The list is gone.", guard="exists")
    counted = yield _COUNT, values
    number, there = counted[0]
    if there:
        return
    if number >= operation.limit:
        raise Conflict("There are too many hashtags on the list.", guard="limit")
    yield _TAG, values


def delete_list_tag(dialect: Dialect, operation: DeleteListTag) -> Steps[None]:
    """A hashtag goes off a list."""
    yield (
        _DELETE,
        {"list_id": operation.list_id, "owner_id": operation.account_id, "tag": operation.tag},
    )
