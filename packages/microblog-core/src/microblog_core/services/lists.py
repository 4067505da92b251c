"""Lists of people and hashtags: make, change and read them. Nobody but their owner knows that they exist."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.lists import (
    LIST_MEMBERS_MAX,
    LIST_TAGS_MAX,
    LISTS_MAX,
    MEMBERS_AT_ONCE,
    List,
    ListTag,
    RepliesPolicy,
    check_list_title,
)
from microblog_core.domain.marks import check_tag
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.posts import Entry
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports
from microblog_core.ports.unit import UnitOfWork


class CreateList(msgspec.Struct, frozen=True, kw_only=True):
    """A new list without members."""

    title: str
    replies_policy: RepliesPolicy = RepliesPolicy.LIST
    exclusive: bool = False


class UpdateList(msgspec.Struct, frozen=True, kw_only=True):
    """Other properties of an own list; None leaves one."""

    list_id: int
    title: str | None = None
    replies_policy: RepliesPolicy | None = None
    exclusive: bool | None = None


class DeleteList(msgspec.Struct, frozen=True, kw_only=True):
    """Delete an own list."""

    list_id: int


class ListMembers(msgspec.Struct, frozen=True, kw_only=True):
    """People who come on an own list or go off it, at most `MEMBERS_AT_ONCE` of them."""

    list_id: int
    account_ids: tuple[int, ...]


class TagOnList(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag, in any spelling, that comes on an own list or goes off it."""

    list_id: int
    name: str


@authorised("lists.write")
@rate_limited("lists", limit=600, per=3600)
@retried("id")
async def create_list(ports: Ports, actor: Actor, command: CreateList) -> List:
    """Make a list. Raises `Invalid` (field `title`, or `LISTS_MAX` lists are there already)."""
    made = List(
        id=ports.ids.at(ports.clock.now()),
        account_id=require_account(actor).id,
        title=check_list_title(command.title),
        replies_policy=command.replies_policy,
        exclusive=command.exclusive,
    )
    unit = ports.unit()
    unit.apply(ops.AddList(list=made))
    await _commit(unit)
    return made


@authorised("lists.write")
@rate_limited("lists", limit=600, per=3600)
async def update_list(ports: Ports, actor: Actor, command: UpdateList) -> List:
    """Change a list; the list as it is now. Raises `NotFound`, `Invalid` (field `title`)."""
    owner = require_account(actor).id
    unit = ports.unit()
    unit.apply(
        ops.UpdateList(
            account_id=owner,
            list_id=command.list_id,
            title=None if command.title is None else check_list_title(command.title),
            replies_policy=command.replies_policy,
            exclusive=command.exclusive,
        )
    )
    await _commit(unit)
    return await read_list(ports, actor, command.list_id)


@authorised("lists.write")
async def delete_list(ports: Ports, actor: Actor, command: DeleteList) -> None:
    """Delete a list; nobody is unfollowed. Raises `NotFound`."""
    await read_list(ports, actor, command.list_id)
    unit = ports.unit()
    unit.apply(ops.DeleteList(account_id=require_account(actor).id, list_id=command.list_id))
    await unit.commit()


@authorised("lists.write")
@rate_limited("lists", limit=600, per=3600)
async def add_list_members(ports: Ports, actor: Actor, command: ListMembers) -> None:
    """Put people on a list; who is on it already stays there.

    Raises `NotFound` (the list, or somebody whom the actor doesn't follow), `Invalid` (too many).
    """
    _check_number(command)
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        ops.AddListMembers(
            account_id=require_account(actor).id,
            list_id=command.list_id,
            members=tuple((ports.ids.at(now), account_id) for account_id in command.account_ids),
            created_at=now,
        )
    )
    await _commit(unit)


@authorised("lists.write")
async def remove_list_members(ports: Ports, actor: Actor, command: ListMembers) -> None:
    """Take people off a list; they stay followed. Raises `NotFound` (the list), `Invalid` (too many)."""
    _check_number(command)
    await read_list(ports, actor, command.list_id)
    unit = ports.unit()
    unit.apply(
        ops.DeleteListMembers(
            account_id=require_account(actor).id, list_id=command.list_id, account_ids=command.account_ids
        )
    )
    await unit.commit()


@authorised("lists.write")
@rate_limited("lists", limit=600, per=3600)
async def add_list_tag(ports: Ports, actor: Actor, command: TagOnList) -> Sequence[ListTag]:
    """Put a hashtag on a list, whose timeline then has public posts with it; all hashtags of the list. One
    that is on it already stays there. Raises `NotFound`, `Invalid` (field `name`; too many).
    """
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        ops.AddListTag(
            id=ports.ids.at(now),
            account_id=require_account(actor).id,
            list_id=command.list_id,
            tag=check_tag(command.name),
            created_at=now,
        )
    )
    full = f"You can have {LIST_TAGS_MAX} hashtags on a list."
    await _commit(unit, full=full, hint="Take one off first.")
    return await read_list_tags(ports, actor, command.list_id)


@authorised("lists.write")
async def remove_list_tag(ports: Ports, actor: Actor, command: TagOnList) -> Sequence[ListTag]:
    """Take a hashtag off a list; the hashtags that stay. Raises `NotFound` (the list), `Invalid` (field
    `name`).
    """
    owner, tag = require_account(actor).id, check_tag(command.name)
    unit = ports.unit()
    unit.apply(ops.DeleteListTag(account_id=owner, list_id=command.list_id, tag=tag))
    await unit.commit()
    return await read_list_tags(ports, actor, command.list_id)


async def read_list_tags(ports: Ports, actor: Actor, list_id: int) -> Sequence[ListTag]:
    """The hashtags on one of the actor's lists, in the order in which they came. Raises `NotFound`,
    `Unauthenticated`.
    """
    tags = await ports.storage.lists.tags(require_account(actor).id, list_id)
    if tags is None:
        raise _gone()
    return tags


async def read_lists(ports: Ports, actor: Actor) -> Sequence[List]:
    """The actor's lists, oldest first. Raises `Unauthenticated`."""
    return await ports.storage.lists.of(require_account(actor).id)


async def read_lists_containing(ports: Ports, actor: Actor, account_id: int) -> Sequence[List]:
    """The actor's lists that somebody is on, oldest first. Raises `Unauthenticated`."""
    return await ports.storage.lists.containing(require_account(actor).id, account_id)


async def read_list(ports: Ports, actor: Actor, list_id: int) -> List:
    """One of the actor's lists. Raises `NotFound`, `Unauthenticated`."""
    return _found(await ports.storage.lists.get(require_account(actor).id, list_id))


async def read_list_members(ports: Ports, actor: Actor, list_id: int, page: Page) -> Listing[Related]:
    """Who is on one of the actor's lists, who came last first; it pages by the relation's id. Raises
    `NotFound`, `Unauthenticated`.
    """
    members = await ports.storage.lists.members(require_account(actor).id, list_id, page)
    if members is None:
        raise _gone()
    return members


async def read_list_timeline(ports: Ports, actor: Actor, list_id: int, page: Page) -> Listing[Entry]:
    """What the people on one of the actor's lists wrote and boosted, and public posts with its hashtags,
    newest first. Raises `NotFound`, `Unauthenticated`.
    """
    entries = await ports.storage.timelines.list(require_account(actor).id, list_id, page)
    if entries is None:
        raise _gone()
    return entries


def _found(found: List | None) -> List:
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    return NotFound("There is no such list.")


def _check_number(command: ListMembers) -> None:
    if not command.account_ids:
        raise Invalid(fields={"account_ids": "Name at least one account."})
    if len(command.account_ids) > MEMBERS_AT_ONCE:
        raise Invalid(fields={"account_ids": f"Name at most {MEMBERS_AT_ONCE} accounts at once."})


_FULL = f"You can have {LISTS_MAX} lists with {LIST_MEMBERS_MAX} people on each."
_MAKE_ROOM = "Delete a list, or take somebody off."


async def _commit(unit: UnitOfWork, *, full: str = _FULL, hint: str = _MAKE_ROOM) -> None:
    """Commit; guards become what the owner can do something about."""
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "exists":
            raise _gone() from conflict
        if conflict.guard == "follow":
            raise NotFound(
                "You don't follow one of these people.", hint="Follow somebody to put them on a list."
            ) from conflict
        if conflict.guard == "limit":
            raise Invalid(full, hint=hint) from conflict
        raise
