"""Lists of people whom one follows, and their timelines (https://docs.joinmastodon.org/methods/lists/)."""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Account, Empty, ListEntity, Status
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.lists import LIST_MEMBERS_MAX, List, RepliesPolicy
from microblog_core.services import lists, timelines


class NewList(msgspec.Struct, frozen=True):
    """A list to make."""

    title: str = ""
    replies_policy: RepliesPolicy = RepliesPolicy.LIST
    exclusive: bool = False


class ChangedList(msgspec.Struct, frozen=True):
    """What a list is to be; what isn't given stays."""

    title: str | None = None
    replies_policy: RepliesPolicy | None = None
    exclusive: bool | None = None


class Members(msgspec.Struct, frozen=True):
    """People for a list, or off it."""

    account_ids: list[Id] = []


@get("/api/v1/lists", needs="read:lists")
async def read_all(call: Call, given: None) -> list[ListEntity]:
    """View the own lists, oldest first."""
    return [_entity(each) for each in await lists.read_lists(call.ports, call.actor)]


@get("/api/v1/lists/{id:str}", needs="read:lists")
async def read(call: Call, given: None) -> ListEntity:
    """View an own list."""
    return _entity(await lists.read_list(call.ports, call.actor, call.id()))


@post("/api/v1/lists", needs="write:lists")
async def create(call: Call, given: NewList) -> ListEntity:
    """Make a list."""
    command = lists.CreateList(
        title=given.title, replies_policy=given.replies_policy, exclusive=given.exclusive
    )
    return _entity(await lists.create_list(call.ports, call.actor, command))


@put("/api/v1/lists/{id:str}", needs="write:lists")
async def update(call: Call, given: ChangedList) -> ListEntity:
    """Change a list's title or what it shows."""
    command = lists.UpdateList(
        list_id=call.id(),
        title=given.title,
        replies_policy=given.replies_policy,
        exclusive=given.exclusive,
    )
    return _entity(await lists.update_list(call.ports, call.actor, command))


@delete("/api/v1/lists/{id:str}", needs="write:lists")
async def remove(call: Call, given: None) -> Empty:
    """Delete a list; its people stay followed."""
    await lists.delete_list(call.ports, call.actor, lists.DeleteList(list_id=call.id()))
    return Empty()


@get("/api/v1/lists/{id:str}/accounts", needs="read:lists", pages="cursor")
async def members(call: Call, given: None) -> list[Account]:
    """See who is on a list, who came last first; `limit=0` gives all of them."""
    page = call.page(40, 80)
    if call.sent.text("limit") == "0":
        page = msgspec.structs.replace(page, limit=LIST_MEMBERS_MAX)
    listing = await lists.read_list_members(call.ports, call.actor, call.id(), page)
    return call.present.accounts(each.account for each in call.linked(listing))


@post("/api/v1/lists/{id:str}/accounts", needs="write:lists")
async def add_members(call: Call, given: Members) -> Empty:
    """Put people whom one follows on a list."""
    await lists.add_list_members(call.ports, call.actor, _members(call, given))
    return Empty()


@delete("/api/v1/lists/{id:str}/accounts", needs="write:lists")
async def remove_members(call: Call, given: Members) -> Empty:
    """Take people off a list."""
    await lists.remove_list_members(call.ports, call.actor, _members(call, given))
    return Empty()


@get("/api/v1/accounts/{id:str}/lists", needs="read:lists")
async def containing(call: Call, given: None) -> list[ListEntity]:
    """See on which of the own lists somebody is."""
    account = await timelines.read_account(call.ports, call.actor, call.id())
    found = await lists.read_lists_containing(call.ports, call.actor, account.id)
    return [_entity(each) for each in found]


@get("/api/v1/timelines/list/{id:str}", needs="read:lists", pages="cursor")
async def timeline(call: Call, given: None) -> list[Status]:
    """View what the people on a list wrote and boosted, newest first."""
    listing = await lists.read_list_timeline(call.ports, call.actor, call.id(), call.page())
    return await call.statuses(listing, FilterContext.HOME)


def _members(call: Call, given: Members) -> lists.ListMembers:
    return lists.ListMembers(list_id=call.id(), account_ids=tuple(dict.fromkeys(given.account_ids)))


def _entity(found: List) -> ListEntity:
    return ListEntity(
        id=str(found.id),
        title=found.title,
        replies_policy=str(found.replies_policy),
        exclusive=found.exclusive,
    )


ENDPOINTS = (
    read_all,
    read,
    create,
    update,
    remove,
    members,
    add_members,
    remove_members,
    containing,
    timeline,
)
