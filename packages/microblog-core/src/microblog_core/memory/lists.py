"""Lists in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.lists import List, ListTag
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.account_reads import people, sight_of
from microblog_core.memory.tables import Relation, Tables
from microblog_core.ports.operations import (
    AddList,
    AddListMembers,
    DeleteList,
    DeleteListMembers,
    UpdateList,
)


def list_of(tables: Tables, account_id: int, list_id: int) -> List | None:
    """The list, if it is this account's."""
    found = tables.lists.get(list_id)
    return found if found is not None and found.account_id == account_id else None


def existing_list(tables: Tables, account_id: int, list_id: int) -> List:
    """The same; guard `exists`."""
    found = list_of(tables, account_id, list_id)
    if found is None:
        raise Conflict("The list is gone.", guard="exists")
    return found


def add_list(tables: Tables, operation: AddList) -> None:
    """A new list; guards `id`, `exists`, `limit`."""
    made = operation.list
    if made.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    if sum(1 for each in tables.lists.rows.values() if each.account_id == made.account_id) >= operation.limit:
        raise Conflict("There are too many lists.", guard="limit")
    if made.id in tables.lists:
        raise Conflict("A list with this id exists.", guard="id")
    tables.lists.put(made.id, made)


def update_list(tables: Tables, operation: UpdateList) -> None:
    """Other properties; guard `exists`."""
    found = existing_list(tables, operation.account_id, operation.list_id)
    given = {
        "title": operation.title,
        "replies_policy": operation.replies_policy,
        "exclusive": operation.exclusive,
    }
    changed = replace(found, **{name: value for name, value in given.items() if value is not None})
    tables.lists.put(found.id, changed)


def delete_list(tables: Tables, operation: DeleteList) -> None:
    """A list goes with its members and hashtags."""
    if list_of(tables, operation.account_id, operation.list_id) is None:
        return
    tables.lists.remove(operation.list_id)
    for key in tuple(tables.list_members.rows):
        if key[0] == operation.list_id:
            tables.list_members.remove(key)
    for of, tag in tuple(tables.list_tags.rows):
        if of == operation.list_id:
            tables.list_tags.remove((of, tag))


def add_list_members(tables: Tables, operation: AddListMembers) -> None:
    """People come on a list; guards `exists`, `follow`, `limit`."""
    found = existing_list(tables, operation.account_id, operation.list_id)
    if any((found.account_id, account_id) not in tables.follows for _, account_id in operation.members):
        raise Conflict("Somebody is not followed.", guard="follow")
    for relation_id, account_id in operation.members:
        if (found.id, account_id) not in tables.list_members:
            tables.list_members.put((found.id, account_id), Relation(relation_id, operation.created_at))
    if len(members_of(tables, found.id)) > operation.limit:
        raise Conflict("There are too many people on the list.", guard="limit")


def delete_list_members(tables: Tables, operation: DeleteListMembers) -> None:
    """People go off a list."""
    if list_of(tables, operation.account_id, operation.list_id) is not None:
        for account_id in operation.account_ids:
            tables.list_members.remove((operation.list_id, account_id))


def leave_lists(tables: Tables, follower_id: int, followee_id: int) -> None:
    """Who is no longer followed goes off the lists of whoever followed them."""
    for list_id, account_id in tuple(tables.list_members.rows):
        if account_id == followee_id and list_of(tables, follower_id, list_id) is not None:
            tables.list_members.remove((list_id, account_id))


def members_of(tables: Tables, list_id: int) -> frozenset[int]:
    """The ids of who is on a list."""
    return frozenset(account_id for of, account_id in tables.list_members.rows if of == list_id)


class ListReads:
    """A `ports.lists.ListReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, account_id: int) -> Sequence[List]:
        """All lists of the account, oldest first."""
        own = [each for each in self._tables.lists.rows.values() if each.account_id == account_id]
        return tuple(sorted(own, key=lambda each: each.id))

    async def get(self, account_id: int, list_id: int) -> List | None:
        """One list of the account."""
        return list_of(self._tables, account_id, list_id)

    async def containing(self, account_id: int, member_id: int) -> Sequence[List]:
        """The account's lists that somebody is on, oldest first."""
        own = await self.of(account_id)
        return tuple(each for each in own if (each.id, member_id) in self._tables.list_members)

    async def tags(self, account_id: int, list_id: int) -> Sequence[ListTag] | None:
        """The hashtags on a list, in the order in which they came."""
        if list_of(self._tables, account_id, list_id) is None:
            return None
        rows = self._tables.list_tags.rows.items()
        found = [ListTag(row.id, tag) for (of, tag), row in rows if of == list_id]
        return tuple(sorted(found, key=lambda each: each.id))

    async def members(self, account_id: int, list_id: int, page: Page) -> Listing[Related] | None:
        """Who is on a list, who came last first."""
        if list_of(self._tables, account_id, list_id) is None:
            return None
        found = [
            (relation.id, member)
            for (of, member), relation in self._tables.list_members.rows.items()
            if of == list_id
        ]
        return people(self._tables, sight_of(self._tables, account_id), found, page)
