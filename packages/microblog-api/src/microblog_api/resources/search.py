"""Search (https://docs.joinmastodon.org/methods/search/) and what trends (.../methods/trends/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get
from microblog_api.entities import Search, Status, Tag, TagHistory
from microblog_api.paging import limit_of, offset_link_header, offset_of
from microblog_core.domain.errors import Invalid, NotFound
from microblog_core.domain.search import SearchKind
from microblog_core.domain.tags import Hashtag
from microblog_core.domain.timelines import Listing
from microblog_core.services import search as services

_KINDS = {
    "accounts": SearchKind.ACCOUNTS,
    "statuses": SearchKind.POSTS,
    "hashtags": SearchKind.TAGS,
}


class Wanted(msgspec.Struct, frozen=True):
    """What to look for, and where. `type` is `accounts`, `statuses` or `hashtags`; all if it is empty."""

    q: str = ""
    type: str = ""
    account_id: Id | None = None
    following: bool = False
    max_id: Id | None = None
    min_id: Id | None = None


@get("/api/v2/search", who="anybody", needs="read:search", pages="offset")
async def read(call: Call, given: Wanted) -> Search:
    """Search for people, posts and hashtags."""
    return await _found(call, given)


async def _found(call: Call, given: Wanted) -> Search:
    if given.type and given.type not in _KINDS:
        raise Invalid(fields={"type": f"Choose one of {', '.join(_KINDS)}."})
    limit, offset = limit_of(call.sent, 20, 40), offset_of(call.sent)
    command = services.Search(
        q=given.q,
        kind=_KINDS.get(given.type),
        account_id=given.account_id,
        following=given.following,
        offset=offset,
        limit=limit,
        max_id=given.max_id,
        min_id=given.min_id,
    )
    found = await services.search(call.ports, call.actor, command)
    if given.type:
        size = max(len(found.accounts), len(found.posts), len(found.tags))
        _link(call, offset, limit, size)
    return Search(
        accounts=call.present.accounts(found.accounts),
        statuses=call.present.statuses(found.posts),
        hashtags=[_tag(call, each) for each in found.tags],
    )


@get("/api/v1/search", who="anybody", needs="read:search", pages="offset")
async def read_v1(call: Call, given: Wanted) -> dict[str, Any]:
    """Search as Mastodon's first version does: hashtags are their names."""
    found = await _found(call, given)
    return {
        "accounts": found.accounts,
        "statuses": found.statuses,
        "hashtags": [each.name for each in found.hashtags],
    }


@get("/api/v1/trends/tags", who="anybody", pages="offset")
async def trending_tags(call: Call, given: None) -> list[Tag]:
    """View hashtags that many use now."""
    return await _tags(call)


@get("/api/v1/trends", who="anybody", pages="offset")
async def trends(call: Call, given: None) -> list[Tag]:
    """View hashtags that many use now, under the older name."""
    return await _tags(call)


@get("/api/v1/trends/statuses", who="anybody", needs="read:statuses", pages="offset")
async def trending_statuses(call: Call, given: None) -> list[Status]:
    """View posts that many boost and favourite now."""
    limit, offset = limit_of(call.sent, 20, 40), offset_of(call.sent)
    try:
        found = await services.read_trending_posts(call.ports, call.actor, limit=limit, offset=offset)
    except NotFound:
        return []
    _link(call, offset, limit, len(found))
    return call.present.statuses(Listing(tuple(found)).items)


async def _tags(call: Call) -> list[Tag]:
    limit, offset = limit_of(call.sent, 10, 20), offset_of(call.sent)
    found: Sequence[Hashtag]
    try:
        found = await services.read_trending_tags(call.ports, call.actor, limit=limit, offset=offset)
    except NotFound:
        return []
    _link(call, offset, limit, len(found))
    return [_tag(call, each) for each in found]


def _link(call: Call, offset: int, limit: int, size: int) -> None:
    header = offset_link_header(call.scope, offset=offset, limit=limit, more=size >= limit)
    if header:
        call.headers.append((b"link", header.encode()))


def _tag(call: Call, tag: Hashtag) -> Tag:
    return Tag(
        id=tag.name,
        name=tag.name,
        url=call.present.tag_url(tag.name),
        history=[
            TagHistory(day=str(each.day // 1000), uses=str(each.uses), accounts=str(each.accounts))
            for each in tag.history
        ],
    )


ENDPOINTS = (read, read_v1, trending_tags, trends, trending_statuses)
