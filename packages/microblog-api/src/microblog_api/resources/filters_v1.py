"""Filters in Mastodon's first version, where each keyword is a filter of its own
(https://docs.joinmastodon.org/methods/filters/#v1).
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Empty, FilterV1
from microblog_api.names import moment
from microblog_core.domain.filters import KeywordFilter, check_context
from microblog_core.services import filters


class NewFilter(msgspec.Struct, frozen=True):
    """A word or phrase to filter; `expires_in` is in seconds, and never if it is empty."""

    phrase: str = ""
    context: list[str] = []
    irreversible: bool = False
    whole_word: bool = True
    expires_in: float | None = None


class ChangedFilter(msgspec.Struct, frozen=True):
    """What it is to be; what isn't given stays."""

    phrase: str | None = None
    context: list[str] | None = None
    irreversible: bool | None = None
    whole_word: bool | None = None
    expires_in: float | UnsetType | None = UNSET


@get("/api/v1/filters", needs="read:filters")
async def read_all(call: Call, given: None) -> list[FilterV1]:
    """View the own filters, one for each keyword."""
    return [_entity(each) for each in await filters.read_keyword_filters(call.ports, call.actor)]


@get("/api/v1/filters/{id:str}", needs="read:filters")
async def read(call: Call, given: None) -> FilterV1:
    """View an own filter."""
    return _entity(await filters.read_keyword_filter(call.ports, call.actor, call.id()))


@post("/api/v1/filters", needs="write:filters")
async def create(call: Call, given: NewFilter) -> FilterV1:
    """Make a filter with one keyword."""
    command = filters.WriteKeywordFilter(
        phrase=given.phrase,
        context=check_context(given.context),
        whole_word=given.whole_word,
        irreversible=given.irreversible,
        expires_in=given.expires_in,
    )
    return _entity(await filters.create_keyword_filter(call.ports, call.actor, command))


@put("/api/v1/filters/{id:str}", needs="write:filters")
async def update(call: Call, given: ChangedFilter) -> FilterV1:
    """Change a filter."""
    before = await filters.read_keyword_filter(call.ports, call.actor, call.id())
    command = filters.UpdateKeywordFilter(
        keyword_id=before.id,
        phrase=before.phrase if given.phrase is None else given.phrase,
        context=before.context if given.context is None else check_context(given.context),
        whole_word=before.whole_word if given.whole_word is None else given.whole_word,
        irreversible=before.irreversible if given.irreversible is None else given.irreversible,
        expires_in=given.expires_in,
    )
    return _entity(await filters.update_keyword_filter(call.ports, call.actor, command))


@delete("/api/v1/filters/{id:str}", needs="write:filters")
async def remove(call: Call, given: None) -> Empty:
    """Delete a filter."""
    command = filters.DeleteKeyword(keyword_id=call.id(), with_filter=True)
    await filters.delete_keyword(call.ports, call.actor, command)
    return Empty()


def _entity(found: KeywordFilter) -> FilterV1:
    return FilterV1(
        id=str(found.id),
        phrase=found.phrase,
        context=[str(context) for context in found.context],
        whole_word=found.whole_word,
        expires_at=None if found.expires_at is None else moment(found.expires_at),
        irreversible=found.irreversible,
    )


ENDPOINTS = (read_all, read, create, update, remove)
