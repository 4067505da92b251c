"""Search and trends. A storage without the capability has none: `NotFound`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import msgspec

from microblog_core.domain.accounts import LOCAL, Account
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry
from microblog_core.domain.search import SEARCH_MAX, Found, PostSearch, Query, SearchKind, parse_query
from microblog_core.domain.tags import HEAT_WINDOW, HISTORY_DAYS, Hashtag
from microblog_core.domain.timelines import PAGE_DEFAULT, Page
from microblog_core.domain.words import folded
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import PruneTrends
from microblog_core.ports.search import search_of, trends_of
from microblog_core.services.timelines import find_accounts, read_post, shown_account

OFFSET_MAX = 10_000


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for. `kind` None is everything; `account_id` wants posts of one account, `following` only
    people that the actor follows, and their posts. `max_id`, `min_id` bound posts.
    """

    q: str
    kind: SearchKind | None = None
    account_id: int | None = None
    following: bool = False
    offset: int = 0
    limit: int = PAGE_DEFAULT
    max_id: int | None = None
    min_id: int | None = None


async def search(ports: Ports, actor: Actor, command: Search) -> Found:
    """What is found, by kind. An address of this site is what is found there, `@name` is that account first.

    Raises `NotFound` where the storage has no search.
    """
    reader, kind = search_of(ports.storage), command.kind
    q = command.q.strip()
    limit, offset = max(1, min(command.limit, SEARCH_MAX)), max(0, min(command.offset, OFFSET_MAX))
    if not q:
        return Found()
    if _is_address(ports, q):
        return await _found_there(ports, actor, q, kind) if offset == 0 else Found()
    accounts: Sequence[Account] = ()
    posts: Sequence[Entry] = ()
    tags: Sequence[Hashtag] = ()
    if kind in (None, SearchKind.ACCOUNTS) and not q.startswith("#"):
        accounts = await find_accounts(
            ports, actor, _name_in(ports, q), limit=limit, offset=offset, following=command.following
        )
        accounts = await _named_first(ports, actor, command, accounts, limit)
    if kind in (None, SearchKind.TAGS) and len(q.split()) == 1 and not q.startswith("@"):
        tags = await reader.tags(_tag_in(q), ports.clock.now(), limit=limit, offset=offset)
    if kind in (None, SearchKind.POSTS):
        page = Page(limit=limit, max_id=command.max_id, min_id=command.min_id)
        asked = await _asked(ports, actor, parse_query(q), command)
        if asked is not None:
            posts = await reader.posts(actor.id, asked, page, offset)
    return Found(accounts=tuple(accounts), posts=tuple(posts), tags=tuple(tags))


async def resolve(ports: Ports, actor: Actor, address: str) -> Entry | Account:
    """The post or profile of this site at an address (`https://host/@name`, `https://host/@name/ID`).

    Raises `NotFound` for any other address and for what the actor may not see.
    """
    path = unquote(address.strip()).removeprefix(ports.base_url) if _is_address(ports, address) else ""
    parts = urlsplit(path).path.strip("/").split("/")
    if not parts[0].startswith("@") or len(parts) > 2:
        raise NotFound("There is nothing of this site at this address.")
    if len(parts) == 1:
        name, domain = _split(ports, parts[0])
        return await shown_account(ports, actor, name, domain)
    post_id = parse_id(parts[1])
    if post_id is None:
        raise NotFound("There is nothing of this site at this address.")
    return await read_post(ports, actor, post_id)


async def read_trending_tags(
    ports: Ports, actor: Actor, *, limit: int = 10, offset: int = 0
) -> Sequence[Hashtag]:
    """Hashtags that many use now, with their last seven days. Raises `NotFound` without trends."""
    limit, offset = max(1, min(limit, SEARCH_MAX)), max(0, min(offset, OFFSET_MAX))
    return await trends_of(ports.storage).tags(ports.clock.now(), limit=limit, offset=offset)


async def read_trending_posts(
    ports: Ports, actor: Actor, *, limit: int = PAGE_DEFAULT, offset: int = 0
) -> Sequence[Entry]:
    """Posts of the last 48 hours that many boost and favourite. Raises `NotFound` without trends."""
    limit, offset = max(1, min(limit, SEARCH_MAX)), max(0, min(offset, OFFSET_MAX))
    return await trends_of(ports.storage).posts(actor.id, ports.clock.now(), limit=limit, offset=offset)


async def prune_trends(ports: Ports) -> None:
    """Forget what is too old to trend (a daily job)."""
    days = (HISTORY_DAYS + 1) * 24 * 3600 * 1000
    unit = ports.unit()
    unit.apply(PruneTrends(before=ports.clock.now() - max(days, HEAT_WINDOW)))
    await unit.commit()


def _is_address(ports: Ports, text: str) -> bool:
    text = text.strip()
    return bool(ports.base_url) and (text == ports.base_url or text.startswith(f"{ports.base_url}/"))


async def _found_there(ports: Ports, actor: Actor, address: str, kind: SearchKind | None) -> Found:
    try:
        found = await resolve(ports, actor, address)
    except NotFound:
        return Found()
    if isinstance(found, Entry):
        return Found(posts=(found,)) if kind in (None, SearchKind.POSTS) else Found()
    return Found(accounts=(found,)) if kind in (None, SearchKind.ACCOUNTS) else Found()


def _split(ports: Ports, acct: str) -> tuple[str, str]:
    """Name and domain of `@name` or `@name@domain`; the site's own host is the local domain."""
    name, _, domain = acct.strip().removeprefix("@").partition("@")
    own = urlsplit(ports.base_url).netloc.casefold()
    return name, LOCAL if domain.casefold() == own else domain.casefold()


def _name_in(ports: Ports, q: str) -> str:
    """What to look for in names: of `@name@domain` the name alone."""
    return _split(ports, q)[0] if len(q.split()) == 1 and "@" in q else q


def _tag_in(q: str) -> str:
    return q.strip().removeprefix("#").casefold()


async def _named_first(
    ports: Ports, actor: Actor, command: Search, found: Sequence[Account], limit: int
) -> Sequence[Account]:
    """The account that `@name` or `@name@domain` is the name of, before those that were found."""
    q = command.q.strip()
    if "@" not in q or len(q.split()) != 1 or command.following or command.offset > 0:
        return found
    try:
        account = await shown_account(ports, actor, *_split(ports, q))
    except NotFound:
        return found
    return (account, *(other for other in found if other.id != account.id))[:limit]


async def _asked(ports: Ports, actor: Actor, query: Query, command: Search) -> PostSearch | None:
    """Which posts to find; None where the author that is named can't be found."""
    author_id = command.account_id
    if query.author:
        if folded(query.author) == "me" and actor.id is not None:
            named = actor.id
        else:
            try:
                named = (await shown_account(ports, actor, *_split(ports, query.author))).id
            except NotFound:
                return None
        if author_id not in (None, named):
            return None
        author_id = named
    return PostSearch(
        wanted=query.wanted, unwanted=query.unwanted, author_id=author_id, following=command.following
    )
