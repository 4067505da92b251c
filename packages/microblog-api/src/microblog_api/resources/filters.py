"""Filters: what one does not want to read, in Mastodon's second version
(https://docs.joinmastodon.org/methods/filters/).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, UnsetType

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Empty, Filter, FilterKeyword, FilterStatus
from microblog_api.filtered import filter_entity
from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import Filter as DomainFilter
from microblog_core.domain.filters import FilterAction, check_context
from microblog_core.domain.filters import FilterKeyword as DomainKeyword
from microblog_core.domain.filters import FilterStatus as DomainStatus
from microblog_core.services import filters


class Keyword(msgspec.Struct, frozen=True):
    """A keyword of a filter: a new one, or with an `id` one that is there."""

    id: Id | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = msgspec.field(name="_destroy", default=False)


class NewFilter(msgspec.Struct, frozen=True):
    """A filter to make; `expires_in` is in seconds, and never if it is empty."""

    title: str = ""
    context: list[str] = []
    filter_action: FilterAction = FilterAction.WARN
    expires_in: float | None = None
    keywords_attributes: list[Keyword] = []


class ChangedFilter(msgspec.Struct, frozen=True):
    """What a filter is to be; what isn't given stays."""

    title: str | None = None
    context: list[str] | None = None
    filter_action: FilterAction | None = None
    expires_in: float | UnsetType | None = UNSET
    keywords_attributes: list[Keyword] = []


class NamedStatus(msgspec.Struct, frozen=True):
    """A status that a filter is to match."""

    status_id: Id


@get("/api/v2/filters", needs="read:filters")
async def read_all(call: Call, given: None) -> list[Filter]:
    """View the own filters, oldest first."""
    return [_entity(each) for each in await filters.read_filters(call.ports, call.actor)]


@get("/api/v2/filters/{id:str}", needs="read:filters")
async def read(call: Call, given: None) -> Filter:
    """View an own filter."""
    return _entity(await filters.read_filter(call.ports, call.actor, call.id()))


@post("/api/v2/filters", needs="write:filters")
async def create(call: Call, given: NewFilter) -> Filter:
    """Make a filter with its keywords."""
    command = filters.CreateFilter(
        title=given.title,
        context=check_context(given.context),
        action=given.filter_action,
        expires_in=given.expires_in,
        keywords=_changes(msgspec.structs.replace(each, id=None) for each in given.keywords_attributes),
    )
    return _entity(await filters.create_filter(call.ports, call.actor, command))


@put("/api/v2/filters/{id:str}", needs="write:filters")
async def update(call: Call, given: ChangedFilter) -> Filter:
    """Change a filter, and add, change and delete keywords with it."""
    command = filters.UpdateFilter(
        filter_id=call.id(),
        title=given.title,
        context=None if given.context is None else check_context(given.context),
        action=given.filter_action,
        expires_in=given.expires_in,
        keywords=_changes(given.keywords_attributes),
    )
    return _entity(await filters.update_filter(call.ports, call.actor, command))


@delete("/api/v2/filters/{id:str}", needs="write:filters")
async def remove(call: Call, given: None) -> Empty:
    """Delete a filter."""
    await filters.delete_filter(call.ports, call.actor, filters.DeleteFilter(filter_id=call.id()))
    return Empty()


@get("/api/v2/filters/{id:str}/keywords", needs="read:filters")
async def keywords(call: Call, given: None) -> list[FilterKeyword]:
    """View the keywords of a filter."""
    found = await filters.read_filter(call.ports, call.actor, call.id())
    return [_keyword(each) for each in found.keywords]


@post("/api/v2/filters/{id:str}/keywords", needs="write:filters")
async def add_keyword(call: Call, given: Keyword) -> FilterKeyword:
    """Add a keyword to a filter."""
    before = await filters.read_filter(call.ports, call.actor, call.id())
    known = {each.id for each in before.keywords}
    new = msgspec.structs.replace(given, id=None, destroy=False)
    command = filters.UpdateFilter(filter_id=before.id, keywords=_changes([new]))
    after = await filters.update_filter(call.ports, call.actor, command)
    added = [each for each in after.keywords if each.id not in known]
    if not added:
        raise NotFound
    return _keyword(max(added, key=lambda each: each.id))


@get("/api/v2/filters/keywords/{id:str}", needs="read:filters")
async def read_keyword(call: Call, given: None) -> FilterKeyword:
    """View a keyword."""
    return _keyword((await filters.read_keyword(call.ports, call.actor, call.id()))[1])


@put("/api/v2/filters/keywords/{id:str}", needs="write:filters")
async def update_keyword(call: Call, given: Keyword) -> FilterKeyword:
    """Change a keyword."""
    found, keyword = await filters.read_keyword(call.ports, call.actor, call.id())
    change = filters.KeywordChange(id=keyword.id, keyword=given.keyword, whole_word=given.whole_word)
    command = filters.UpdateFilter(filter_id=found.id, keywords=(change,))
    await filters.update_filter(call.ports, call.actor, command)
    return _keyword((await filters.read_keyword(call.ports, call.actor, keyword.id))[1])


@delete("/api/v2/filters/keywords/{id:str}", needs="write:filters")
async def remove_keyword(call: Call, given: None) -> Empty:
    """Delete a keyword; its filter stays."""
    await filters.delete_keyword(call.ports, call.actor, filters.DeleteKeyword(keyword_id=call.id()))
    return Empty()


@get("/api/v2/filters/{id:str}/statuses", needs="read:filters")
async def statuses(call: Call, given: None) -> list[FilterStatus]:
    """View the single statuses that a filter matches."""
    found = await filters.read_filter(call.ports, call.actor, call.id())
    return [_status(each) for each in found.statuses]


@post("/api/v2/filters/{id:str}/statuses", needs="write:filters")
async def add_status(call: Call, given: NamedStatus) -> FilterStatus:
    """Let a filter match a single status."""
    command = filters.AddFilterStatus(filter_id=call.id(), post_id=given.status_id)
    return _status(await filters.add_filter_status(call.ports, call.actor, command))


@get("/api/v2/filters/statuses/{id:str}", needs="read:filters")
async def read_status(call: Call, given: None) -> FilterStatus:
    """View a single status that a filter matches."""
    return _status((await filters.read_filter_status(call.ports, call.actor, call.id()))[1])


@delete("/api/v2/filters/statuses/{id:str}", needs="write:filters")
async def remove_status(call: Call, given: None) -> FilterStatus:
    """Let a filter no longer match a single status."""
    _, status = await filters.read_filter_status(call.ports, call.actor, call.id())
    command = filters.DeleteFilterStatus(status_id=status.id)
    await filters.delete_filter_status(call.ports, call.actor, command)
    return _status(status)


def _changes(keywords: Iterable[Keyword]) -> tuple[filters.KeywordChange, ...]:
    """As Mastodon has it, a new keyword is a whole word unless something else is said."""
    return tuple(
        filters.KeywordChange(
            id=each.id,
            keyword=each.keyword,
            whole_word=True if each.id is None and each.whole_word is None else each.whole_word,
            delete=each.destroy,
        )
        for each in keywords
    )


def _entity(found: DomainFilter) -> Filter:
    entity = filter_entity(found)
    entity.keywords = [_keyword(each) for each in found.keywords]
    entity.statuses = [_status(each) for each in found.statuses]
    return entity


def _keyword(found: DomainKeyword) -> FilterKeyword:
    return FilterKeyword(id=str(found.id), keyword=found.keyword, whole_word=found.whole_word)


def _status(found: DomainStatus) -> FilterStatus:
    return FilterStatus(id=str(found.id), status_id=str(found.post_id))


ENDPOINTS = (
    read_all,
    read,
    create,
    update,
    remove,
    keywords,
    add_keyword,
    read_keyword,
    update_keyword,
    remove_keyword,
    statuses,
    add_status,
    read_status,
    remove_status,
)
