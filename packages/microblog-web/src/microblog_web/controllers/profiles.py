"""Profiles: somebody's page, with and without answers, their pictures, who follows them, whom they follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from litestar import Request, get
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.posts import Entry
from microblog_core.domain.relations import Related
from microblog_core.domain.timelines import Listing
from microblog_core.domain.timelines import Page as ListingPage
from microblog_core.ports.storage import Profile
from microblog_core.services.filtering import apply_filters
from microblog_core.services.profiles import read_profile
from microblog_core.services.timelines import read_account_posts, read_followers, read_following, tags_of
from microblog_web.controllers.featured_tags import featured_on
from microblog_web.controllers.tags import known_tag
from microblog_web.fragments import draw_posts
from microblog_web.live.timelines import Kind, Timeline
from microblog_web.pages import Meta, Page
from microblog_web.paying import support_of
from microblog_web.pictures import shared_picture
from microblog_web.requests import Sendable, answer_shared, handle_from, listing_page, neighbours, scope_of
from microblog_web.responses import moved
from microblog_web.views import View

_KINDS = {"": Kind.ACCOUNT, "/with_replies": Kind.ACCOUNT_REPLIES, "/media": Kind.ACCOUNT_MEDIA}


class _Elsewhere(Exception):
    """The name is spelled differently."""

    def __init__(self, acct: str) -> None:
        super().__init__(acct)
        self.acct = acct


@get("/{handle:str}")
async def profile(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Somebody's posts and boosts."""
    return await _answer(request, handle, "", replies=False)


@get("/{handle:str}/with_replies")
async def with_replies(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Somebody's posts, boosts and answers."""
    return await _answer(request, handle, "/with_replies", replies=True)


@get("/{handle:str}/media")
async def media(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Somebody's posts with pictures."""
    return await _answer(request, handle, "/media", replies=True)


@get("/{handle:str}/tagged/{tag:str}")
async def tagged(request: Request[Any, Any, Any], handle: FromPath[str], tag: FromPath[str]) -> Sendable:
    """Somebody's posts with a hashtag."""
    return await _answer(request, handle, f"/tagged/{quote(known_tag(tag), safe='')}", replies=True, tag=tag)


@get("/{handle:str}/followers")
async def followers(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Who follows somebody."""
    return await _answer_people(request, handle, "/followers")


@get("/{handle:str}/following")
async def following(request: Request[Any, Any, Any], handle: FromPath[str]) -> Sendable:
    """Whom somebody follows."""
    return await _answer_people(request, handle, "/following")


async def _answer(
    request: Request[Any, Any, Any], handle: str, rest: str, *, replies: bool, tag: str = ""
) -> Sendable:
    username, domain = handle_from(handle)

    async def draw(view: View) -> tuple[Page, Iterable[str]]:
        page = listing_page(scope_of(request))
        found = await read_profile(view.ports, view.actor, username, domain, page, replies=replies)
        _check_spelling(found.account, handle)
        pinned: tuple[Entry, ...] = ()
        if tag or rest == "/media":
            listing = await read_account_posts(
                view.ports, view.actor, found.account.id, page, tag=tag, only_media=not tag
            )
            found = msgspec.structs.replace(found, posts=listing)
        elif not rest and found.posts.newer is None:
            pinned = (
                await read_account_posts(view.ports, view.actor, found.account.id, ListingPage(), pinned=True)
            ).items
        shown = await apply_filters(view.ports, view.actor, found.posts, FilterContext.ACCOUNT)
        return await _draw_profile(view, msgspec.structs.replace(found, posts=shown), rest, pinned)

    try:
        return await answer_shared(scope_of(request), draw)
    except _Elsewhere as elsewhere:
        return moved(f"/@{elsewhere.acct}{rest}")


async def _answer_people(request: Request[Any, Any, Any], handle: str, rest: str) -> Sendable:
    username, domain = handle_from(handle)
    read = read_followers if rest == "/followers" else read_following

    async def draw(view: View) -> tuple[Page, Iterable[str]]:
        account, listing = await read(
            view.ports, view.actor, username, domain, listing_page(scope_of(request))
        )
        _check_spelling(account, handle)
        return _draw_people(view, account, listing, rest)

    try:
        return await answer_shared(scope_of(request), draw)
    except _Elsewhere as elsewhere:
        return moved(f"/@{elsewhere.acct}{rest}")


def _check_spelling(account: Account, handle: str) -> None:
    if handle != f"@{account.acct}":
        raise _Elsewhere(account.acct)


def _live(account: Account, rest: str) -> str:
    """Where word of new posts comes from; empty for listings that hear of none."""
    kind = _KINDS.get(rest)
    return Timeline(kind, account.id).path if kind is not None else ""


async def _draw_profile(
    view: View, found: Profile, rest: str, pinned: tuple[Entry, ...]
) -> tuple[Page, Iterable[str]]:
    account = found.account
    on_top = {entry.id for entry in pinned}
    below = [entry for entry in found.posts.items if entry.id not in on_top]
    path = f"/@{account.acct}"
    main = view.web.render(
        "web/profile.html",
        view.locale,
        account=account,
        relation=found.relationship,
        support=await support_of(view, account),
        me=view.me,
        rest=rest,
        tagged=unquote(rest.removeprefix("/tagged/")) if rest.startswith("/tagged/") else "",
        featured=await featured_on(view, account),
        slot=await view.web.slot(view, "profile.header", account),
        live=_live(account, rest) if found.posts.newer is None else "",
        pinned=await draw_posts(view, pinned),
        posts=await draw_posts(view, below),
        **neighbours(path + rest, found.posts),
    )
    page = Page(
        title=f"{account.name} (@{account.acct})",
        main=main,
        active="profile" if view.me is not None and view.me.id == account.id else "",
        meta=_meta(view, account, path + rest, found),
    )
    tags = (f"account:{account.id}", f"posts-of:{account.id}", *tags_of((*pinned, *found.posts.items)))
    return page, tags


def _draw_people(
    view: View, account: Account, listing: Listing[Related], rest: str
) -> tuple[Page, Iterable[str]]:
    path = f"/@{account.acct}{rest}"
    title = (
        view.translate("People who follow %(name)s", name=account.name)
        if rest == "/followers"
        else view.translate("People whom %(name)s follows", name=account.name)
    )
    main = view.web.render(
        "web/people.html",
        view.locale,
        account=account,
        title=title,
        rest=rest,
        people=listing.items,
        **neighbours(path, listing),
    )
    tags = {f"account:{account.id}", *(f"account:{related.account.id}" for related in listing.items)}
    return Page(title=title, main=main, meta=Meta(index=False) if view.me is None else None), tags


def _meta(view: View, account: Account, path: str, found: Profile) -> Meta | None:
    if view.me is not None:
        return None
    around = neighbours(path, found.posts)
    base = view.ports.base_url
    newest = found.posts.newer is None
    return Meta(
        description=" ".join(account.bio.split())[:200],
        kind="profile",
        url=base + path if base and newest else "",
        older=around["older"],
        newer=around["newer"],
        index=newest and account.indexable,
        feed=f"/@{account.acct}/feed",
        image=shared_picture(view, account.avatar) if account.avatar else "",
        image_description=account.avatar_description,
    )


HANDLERS = (profile, with_replies, media, tagged, followers, following)
