"""Feeds of what everybody may see: the public timeline, hashtags, people.

`/public/feed.atom`, `/tags/TAG/feed.atom`, `/@NAME/feed.atom`, each also with `.rss` and `.json`. Those of
people take `replies=1` (with answers to others) and `boosts=0` (without boosts).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

from litestar import Request, get
from litestar.params import FromPath

from microblog_core.domain.errors import NotFound
from microblog_core.domain.posts import TAG_LENGTH, Entry
from microblog_core.domain.timelines import Listing
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Scope, base_url_of, query_of
from microblog_core.services.timelines import (
    read_account_posts,
    read_public,
    read_tag,
    shown_account,
    tags_of,
)
from microblog_web.documents import OPEN, VARY, answer_document
from microblog_web.feeds import FORMATS
from microblog_web.feeds.entries import Addresses, items_of
from microblog_web.feeds.model import Feed
from microblog_web.requests import Sendable, handle_from, listing_page, scope_of
from microblog_web.responses import moved
from microblog_web.views import View

NOT_INDEXED = (b"x-robots-tag", b"noindex")
_ENDS = tuple(FORMATS)
_Fill = Callable[[View, Addresses], Awaitable[tuple[Feed, Iterable[str], bool]]]


@get([f"/public/feed.{end}" for end in _ENDS])
async def public(request: Request[Any, Any, Any]) -> Sendable:
    """Everybody's public posts."""
    scope = scope_of(request)

    async def fill(view: View, addresses: Addresses) -> tuple[Feed, Iterable[str], bool]:
        listing = await read_public(view.ports, view.actor, listing_page(scope))
        feed = feed_of(
            scope,
            addresses,
            listing,
            title=view.web.title,
            description=view.web.description,
            page="/public",
            began=0,
        )
        return feed, ("public", *tags_of(listing.items)), True

    return await _answer(scope, fill)


@get([f"/tags/{{tag:str}}/feed.{end}" for end in _ENDS])
async def tag(request: Request[Any, Any, Any], tag: FromPath[str]) -> Sendable:
    """Public posts with a hashtag."""
    scope, name = scope_of(request), tag.removeprefix("#").casefold()
    if not name or len(name) > TAG_LENGTH:
        raise NotFound("There is no feed at this address.", hint="Check the address.")

    async def fill(view: View, addresses: Addresses) -> tuple[Feed, Iterable[str], bool]:
        listing = await read_tag(view.ports, view.actor, name, listing_page(scope))
        feed = feed_of(
            scope,
            addresses,
            listing,
            title=f"#{name} · {view.web.title}",
            description=view.translate("Public posts with this hashtag."),
            page=f"/tags/{quote(name, safe='')}",
            began=0,
        )
        return feed, (f"tag:{name}", *tags_of(listing.items)), True

    return await _answer(scope, fill)


@get([f"/{{handle:str}}/feed.{end}" for end in _ENDS])
async def profile(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Somebody's posts and boosts."""
    scope = scope_of(request)
    username, domain = handle_from(handle)
    replies, boosts = _switches(scope)

    async def fill(view: View, addresses: Addresses) -> tuple[Feed, Iterable[str], bool]:
        account = await shown_account(view.ports, view.actor, username, domain)
        if handle != f"@{account.acct}":
            raise _Elsewhere(f"/@{account.acct}/feed.{_end(scope)}")
        listing = await read_account_posts(
            view.ports, view.actor, account.id, listing_page(scope), replies=replies, boosts=boosts
        )
        feed = feed_of(
            scope,
            addresses,
            listing,
            title=f"{account.name} (@{account.acct})",
            description=" ".join(account.bio.split()),
            page=f"/@{account.acct}",
            began=account.created_at,
            icon=addresses.file(account.avatar) if account.avatar else "",
        )
        tags = (f"account:{account.id}", f"posts-of:{account.id}", *tags_of(listing.items))
        return feed, tags, account.indexable

    try:
        return await _answer(scope, fill)
    except _Elsewhere as elsewhere:
        query = _canonical(scope)
        return moved(f"{elsewhere.path}?{query}" if query else elsewhere.path)


class _Elsewhere(Exception):
    """The name is spelled differently."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def feed_of(
    scope: Scope,
    addresses: Addresses,
    listing: Listing[Entry],
    *,
    title: str,
    description: str,
    page: str,
    began: int,
    icon: str = "",
    query: str | None = None,
) -> Feed:
    """A page of posts as a feed. `began` is the moment of a feed without posts; `query` replaces that of the
    feed's own address.
    """
    items = items_of(addresses, listing.items)
    own = f"{addresses.base}{quote(scope['path'], safe='/@')}"
    given = _canonical(scope, bounds=False) if query is None else query
    older = "&".join(part for part in (given, f"max_id={listing.older}") if part)
    here = _canonical(scope) if query is None else query
    return Feed(
        title=title,
        description=description,
        url=f"{own}?{here}" if here else own,
        page=addresses.base + page,
        updated=max([item.updated for item in items], default=began),
        icon=icon,
        older=f"{own}?{older}" if listing.older is not None else "",
        items=items,
    )


def addresses_of(scope: Scope, view: View) -> Addresses:
    """Addresses as whoever asks finds the site."""
    return Addresses(base_url_of(scope), view.web.picture_url)


def draw_feed(scope: Scope, feed: Feed) -> tuple[bytes, bytes]:
    """The document in the format of the address, and its content type."""
    written = FORMATS[_end(scope)]
    return written.draw(feed), f"{written.media_type}; charset=utf-8".encode("ascii")


async def _answer(scope: Scope, fill: _Fill) -> Sendable:
    """Only what decides about a feed is in its key: other parameters neither change nor multiply it."""

    async def make(view: View) -> tuple[KeptPage, Iterable[str]]:
        feed, tags, indexed = await fill(view, addresses_of(scope, view))
        body, content_type = draw_feed(scope, feed)
        fields = (OPEN,) if indexed else (OPEN, NOT_INDEXED)
        return KeptPage(body, content_type=content_type, vary=VARY, fields=fields), tags

    key = f"feed:{base_url_of(scope)}{scope['path']}?{_canonical(scope)}"
    return await answer_document(scope, key, make)


def _end(scope: Scope) -> str:
    return str(scope["path"]).rpartition(".")[2]


def _switches(scope: Scope) -> tuple[bool, bool]:
    """Whether answers and boosts are wanted."""
    query = query_of(scope) if scope["query_string"] else {}
    return query.get("replies", "0") not in ("0", "", "false"), query.get("boosts", "1") not in ("0", "false")


def _canonical(scope: Scope, *, bounds: bool = True) -> str:
    """What of the query decides about the feed, in one spelling."""
    if not scope["query_string"]:
        return ""
    replies, boosts = _switches(scope)
    page = listing_page(scope)
    parts = ["replies=1"] if replies else []
    parts += [] if boosts else ["boosts=0"]
    if bounds:
        parts += [f"max_id={page.max_id}"] if page.max_id is not None else []
        parts += [f"min_id={page.min_id}"] if page.min_id is not None else []
    return "&".join(parts)


HANDLERS = (public, tag, profile)
