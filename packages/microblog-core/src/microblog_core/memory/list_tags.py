"""Hashtags on lists, in memory."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.memory.lists import existing_list, list_of
from microblog_core.memory.tables import Relation, Tables
from microblog_core.ports.operations import AddListTag, DeleteListTag


def add_list_tag(tables: Tables, operation: AddListTag) -> None:
    """A hashtag comes on a list; guards `exists`, `limit`."""
    found = existing_list(tables, operation.account_id, operation.list_id)
    key = (found.id, operation.tag)
    if key in tables.list_tags:
        return
    if len(tags_on(tables, found.id)) >= operation.limit:
        raise Conflict("There are too many hashtags on the list.", guard="limit")
    tables.list_tags.put(key, Relation(operation.id, operation.created_at))


def delete_list_tag(tables: Tables, operation: DeleteListTag) -> None:
    """A hashtag goes off a list."""
    if list_of(tables, operation.account_id, operation.list_id) is not None:
        tables.list_tags.remove((operation.list_id, operation.tag))


def tags_on(tables: Tables, list_id: int) -> frozenset[str]:
    """The hashtags on a list."""
    return frozenset(tag for of, tag in tables.list_tags.rows if of == list_id)
