"""Looking around: search, the directory of people, trends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from markupsafe import Markup

from microblog_core.domain.search import QUERY_LENGTH, SearchKind
from microblog_core.http.scope import query_of
from microblog_core.services.search import Search, read_trending_posts, read_trending_tags
from microblog_core.services.search import search as find
from microblog_core.services.suggestions import read_directory
from microblog_web.exploring import cut, draw_people, explore_tabs, page_number
from microblog_web.fragments import EMPTY, draw_posts
from microblog_web.i18n import mark
from microblog_web.pages import Meta, Page
from microblog_web.requests import Sendable, answer_page, answer_shared, scope_of, view_of
from microblog_web.views import View

PEOPLE, POSTS, TAGS, FIRST = 40, 20, 10, 5
"""How many are on a page; of everything at once the first few of each kind."""
_KINDS = (
    ("", mark("Everything")),
    (SearchKind.ACCOUNTS.value, mark("People")),
    (SearchKind.POSTS.value, mark("Posts")),
    (SearchKind.TAGS.value, mark("Hashtags")),
)


@get("/search")
async def search(request: Request[Any, Any, Any]) -> Sendable:
    """People, posts and hashtags with certain words."""
    scope = scope_of(request)
    view, query, number = await view_of(scope), query_of(scope), page_number(scope)
    q, kind = query.get("q", "").strip()[:QUERY_LENGTH], query.get("type", "")
    chosen = SearchKind(kind) if kind in tuple(SearchKind) else None
    kind = chosen.value if chosen is not None else ""
    size = POSTS if chosen is not None else FIRST
    asked = Search(q=q, kind=chosen, limit=size + 1, offset=(number - 1) * size if chosen else 0)
    found = await find(view.ports, view.actor, asked)
    around = {"before": "", "after": ""}
    if chosen is not None:
        # Of one kind alone the others are empty.
        _, around = cut((*found.accounts, *found.posts, *found.tags), size, "/search", number, q=q, type=kind)
    sections = await _sections(view, found.accounts[:size], found.posts[:size], found.tags[:size])
    main = view.web.render(
        "web/search.html",
        view.locale,
        q=q,
        kind=kind,
        kinds=[
            (key, f"/search?{urlencode({'q': q, **({'type': key} if key else {})})}", view.translate(label))
            for key, label in _KINDS
        ],
        sections=sections,
        **around,
    )
    title = view.translate("Search: %(words)s", words=q) if q else view.translate("Search")
    meta = Meta(index=False) if view.me is None else None
    return await answer_page(view, Page(title=title, main=main, active="search", meta=meta))


@get("/directory")
async def directory(request: Request[Any, Any, Any]) -> Sendable:
    """People who wish to be found."""
    scope = scope_of(request)
    order = "new" if scope["query_string"] and query_of(scope).get("order") == "new" else ""
    number = page_number(scope)

    async def draw(view: View) -> tuple[Page, Iterable[str]]:
        found = await read_directory(
            view.ports, view.actor, by_activity=not order, limit=PEOPLE + 1, offset=(number - 1) * PEOPLE
        )
        people, around = cut(found, PEOPLE, "/directory", number, order=order)
        main = view.web.render(
            "web/directory.html",
            view.locale,
            tabs=explore_tabs(view, "directory"),
            order=order,
            people=await draw_people(view, people) if people else EMPTY,
            **around,
        )
        meta = Meta(index=False) if view.me is None else None
        page = Page(title=view.translate("People"), main=main, active="public", meta=meta)
        return page, ("accounts", "public", *(f"account:{account.id}" for account in people))

    return await answer_shared(scope, draw)


@get("/trends")
async def trends(request: Request[Any, Any, Any]) -> Sendable:
    """Hashtags and posts that many people care for now."""
    scope = scope_of(request)
    view, number = await view_of(scope), page_number(scope)
    found = await read_trending_posts(view.ports, view.actor, limit=POSTS + 1, offset=(number - 1) * POSTS)
    posts, around = cut(found, POSTS, "/trends", number)
    tags = await read_trending_tags(view.ports, view.actor, limit=TAGS) if number == 1 else ()
    main = view.web.render(
        "web/trends.html",
        view.locale,
        tabs=explore_tabs(view, "trends"),
        tags=view.web.render("web/tags_found.html", view.locale, tags=tags) if tags else EMPTY,
        posts=await draw_posts(view, posts),
        **around,
    )
    meta = Meta(index=False) if view.me is None else None
    return await answer_page(
        view, Page(title=view.translate("Trends"), main=main, active="public", meta=meta)
    )


async def _sections(view: View, accounts: Any, posts: Any, tags: Any) -> list[tuple[str, Markup]]:
    """What was found by kind, without kinds of which nothing was."""
    sections = []
    if accounts:
        sections.append((view.translate("People"), await draw_people(view, accounts)))
    if tags:
        drawn = view.web.render("web/tags_found.html", view.locale, tags=tags)
        sections.append((view.translate("Hashtags"), drawn))
    if posts:
        drawn = Markup('<div class="feed h-feed">{}</div>').format(await draw_posts(view, posts))
        sections.append((view.translate("Posts"), drawn))
    return sections


HANDLERS = (search, directory, trends)
