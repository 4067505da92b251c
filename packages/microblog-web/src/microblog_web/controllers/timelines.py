"""Timelines: home, everybody's public posts, hashtags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from litestar import Request, get
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.errors import NotFound
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.posts import TAG_LENGTH, Entry
from microblog_core.domain.timelines import Listing
from microblog_core.http.sessions import identify
from microblog_core.services.filtering import apply_filters
from microblog_core.services.timelines import read_front, read_public, read_tag, tags_of
from microblog_web.composer import draw_composer
from microblog_web.controllers.announcements import draw_unread
from microblog_web.controllers.tags import tag_button
from microblog_web.exploring import explore_tabs
from microblog_web.fragments import EMPTY, draw_posts
from microblog_web.holes import Holes, hole
from microblog_web.live.timelines import Kind, Timeline, home_path
from microblog_web.pages import Meta, Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    answer_shared,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    view_of,
)
from microblog_web.views import View

HOLES = ("posts", "composer", "actions", "older", "newer", "newest", "live")


@get("/")
async def front(request: Request[Any, Any, Any]) -> Sendable:
    """The home timeline, or for visitors a welcome with what is public."""
    scope = scope_of(request)
    if (await identify(scope)).identity is None:
        return await answer_shared(scope, lambda view: _public(view, request, path="/", welcome=True))
    view = await view_of(scope)
    needs_login(view)
    live = home_path(view.ports)
    read = await read_front(view.ports, view.actor, listing_page(scope))
    listing = await apply_filters(view.ports, view.actor, read, FilterContext.HOME)
    links = [("/public", view.translate("Explore public posts"))]
    main = await _timeline(
        view,
        listing,
        path="/",
        heading=view.translate("Home"),
        live=live if listing.newer is None else "",
        composer=await draw_unread(view) + await draw_composer(view) if not scope["query_string"] else "",
        empty={
            "title": view.translate("It's quiet here"),
            "text": view.translate(
                "Posts of the people you follow appear here. Write the first one, or find somebody to follow."
            ),
            "links": links,
        },
    )
    return await answer_page(view, Page(title=view.translate("Home"), main=main, active="home"))


@get("/public")
async def public(request: Request[Any, Any, Any]) -> Sendable:
    """Everybody's public posts."""
    return await answer_shared(scope_of(request), lambda view: _public(view, request, path="/public"))


@get("/tags/{tag:str}")
async def tag(request: Request[Any, Any, Any], tag: FromPath[str]) -> Sendable:
    """Public posts with a hashtag."""
    name = tag.removeprefix("#").casefold()
    if not name or len(name) > TAG_LENGTH:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    return await answer_shared(scope_of(request), lambda view: _tagged(view, request, name))


async def _public(
    view: View, request: Request[Any, Any, Any], *, path: str, welcome: bool = False
) -> tuple[Page, Iterable[str]]:
    read = await read_public(view.ports, view.actor, listing_page(scope_of(request)))
    listing = await apply_filters(view.ports, view.actor, read, FilterContext.PUBLIC)
    newest = listing.newer is None
    links = (
        [("/compose", view.translate("Write a post"))]
        if view.me
        else [("/signup", view.translate("Sign up"))]
    )
    main = await _timeline(
        view,
        listing,
        path=path,
        heading=view.translate("Public posts"),
        note="" if welcome else view.translate("What everybody here says in public, newest first."),
        live=Timeline(Kind.PUBLIC).path if newest else "",
        welcome=view.web.render("web/welcome.html", view.locale) if welcome and newest else EMPTY,
        tabs=EMPTY if welcome else explore_tabs(view, "public"),
        empty={
            "title": view.translate("Nothing here yet"),
            "text": view.translate("Nobody has written in public. The first post could be yours."),
            "links": links,
        },
    )
    page = Page(
        title="" if welcome else view.translate("Public posts"),
        main=main,
        active="public",
        newcomers=not welcome,
        meta=_meta(view, path, listing, description=view.web.description),
    )
    return page, ("public", *tags_of(listing.items))


async def _tagged(view: View, request: Request[Any, Any, Any], name: str) -> tuple[Page, Iterable[str]]:
    path = f"/tags/{quote(name, safe='')}"
    read = await read_tag(view.ports, view.actor, name, listing_page(scope_of(request)))
    listing = await apply_filters(view.ports, view.actor, read, FilterContext.PUBLIC)
    main = await _timeline(
        view,
        listing,
        path=path,
        heading=f"#{name}",
        note=view.translate("Public posts with this hashtag."),
        actions=await tag_button(view, name),
        live=Timeline(Kind.TAG, name).path if listing.newer is None else "",
        empty={
            "title": view.translate("No posts with this hashtag"),
            "text": view.translate("Write one: put #%(tag)s into a public post.", tag=name),
            "links": [(f"/compose?text=%23{quote(name, safe='')}", view.translate("Write a post"))],
        },
    )
    page = Page(title=f"#{name}", main=main, meta=_meta(view, path, listing))
    return page, (f"tag:{name}", *tags_of(listing.items))


async def _timeline(
    view: View,
    listing: Listing[Entry],
    *,
    path: str,
    heading: str,
    empty: dict[str, Any],
    note: str = "",
    live: str = "",
    welcome: Markup = EMPTY,
    composer: str = "",
    actions: Markup = EMPTY,
    tabs: Markup = EMPTY,
) -> Markup:
    """The page around the posts is drawn once for each kind of timeline and kept; posts fill it."""
    around = neighbours(path, listing)
    shown = (view.me, listing.items, listing.older, listing.newer, composer, live, welcome, actions)
    key = f"timeline:{view.web.theme}:{view.locale}:{''.join('1' if part else '0' for part in shown)}:{path}"
    kept = view.ports.cache.get(key)
    if not isinstance(kept, Holes):
        fill = view.ports.cache.fill()
        kept = view.web.holes(
            "web/timeline.html",
            view.locale,
            known=HOLES,
            needed=("posts",) if listing.items else (),
            heading=heading,
            note=note,
            live=hole("live") if live else "",
            tabs=tabs,
            welcome=welcome,
            composer=hole("composer") if composer else "",
            actions=hole("actions") if actions else "",
            posts=hole("posts") if listing.items else "",
            empty=empty,
            older=hole("older") if listing.older else "",
            newer=hole("newer") if listing.newer else "",
            newest=path,
        )
        fill.put(key, kept, ("site",), size=kept.size)
    posts = await draw_posts(view, listing.items)
    values = {**around, "posts": posts, "composer": composer, "actions": actions, "live": live}
    return Markup(kept.fill(values))  # noqa: S704 - drawn by templates


def _meta(view: View, path: str, listing: Listing[Entry], description: str = "") -> Meta | None:
    """Nothing for logged-in readers: crawlers and previews never are."""
    if view.me is not None:
        return None
    around = neighbours(path, listing)
    base = view.ports.base_url
    return Meta(
        description=description,
        url=base + path if base and listing.newer is None else "",
        older=around["older"],
        newer=around["newer"],
        index=listing.newer is None,
        feed=f"{'/public' if path == '/' else path}/feed",
    )


HANDLERS = (front, public, tag)
