"""What people mark for themselves: bookmarks, favourites, pinned posts, muted threads; and the page with all
that can be done with a post.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Marked, Visibility
from microblog_core.domain.timelines import Listing, Page
from microblog_core.ports.context import Ports
from microblog_core.services.filters import read_filters
from microblog_core.services.marks import (
    bookmark_post,
    mute_thread,
    pin_post,
    read_bookmarks,
    read_favourites,
    unbookmark_post,
    unmute_thread,
    unpin_post,
)
from microblog_core.services.reactions import PostCommand
from microblog_core.services.timelines import read_post
from microblog_web.controllers.posts import react
from microblog_web.fragments import draw_posts
from microblog_web.i18n import mark
from microblog_web.pages import Page as WebPage
from microblog_web.paying import support_of
from microblog_web.requests import (
    Sendable,
    answer_page,
    back,
    flash,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.views import View

_Read = Callable[[Ports, Actor, Page], Awaitable[Listing[Marked]]]


class _Collection(msgspec.Struct, frozen=True):
    """A listing of marked posts, and what stands there while there are none."""

    path: str
    title: str
    note: str
    empty: str
    read: _Read


BOOKMARKS = _Collection(
    "/bookmarks",
    mark("Bookmarks"),
    mark("Posts that you keep. Nobody else sees this."),
    mark("Press the bookmark under a post to find it here again."),
    read_bookmarks,
)
FAVOURITES = _Collection(
    "/favourites",
    mark("Favourites"),
    mark("Posts that you like, the last one first."),
    mark("Press the star under a post to tell its author that you like it, and to find it here again."),
    read_favourites,
)
_PINS: Mapping[str, tuple[Callable[[Ports, Actor, PostCommand], Awaitable[Entry]], str]] = {
    "pin": (pin_post, mark("The post is on top of your profile.")),
    "unpin": (unpin_post, mark("The post is no longer on top of your profile.")),
}


@get("/bookmarks")
async def bookmarks(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's bookmarks."""
    return await _answer(request, BOOKMARKS)


@get("/favourites")
async def favourites(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's favourites."""
    return await _answer(request, FAVOURITES)


async def _answer(request: Request[Any, Any, Any], collection: _Collection) -> Sendable:
    view = await view_of(scope_of(request))
    needs_login(view)
    listing = await collection.read(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/collection.html",
        view.locale,
        collection=collection,
        posts=await draw_posts(view, [marked.entry for marked in listing.items]),
        **neighbours(collection.path, listing),
    )
    page = WebPage(title=view.translate(collection.title), main=main, active="collections")
    return await answer_page(view, page)


@get("/posts/{post_id:str}/more")
async def more(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Everything that the reader can do with a post, on one page."""
    view = await view_of(scope_of(request))
    me = needs_login(view)
    entry = await read_post(view.ports, view.actor, post_id_from(post_id))
    own = entry.author.id == me.id
    main = view.web.render(
        "web/post_more.html",
        view.locale,
        entry=entry,
        own=own,
        support=await support_of(view, entry.author),
        quotes_me=not own and entry.quoted is not None and entry.quoted.author.id == me.id,
        can_pin=own and entry.post.visibility is not Visibility.DIRECT,
        post=await draw_posts(view, (entry,)),
        filters=() if own else await read_filters(view.ports, view.actor),
        csrf=view.csrf,
    )
    return await answer_page(view, WebPage(title=view.translate("More about a post"), main=main))


@post("/posts/{post_id:str}/bookmark")
async def bookmark(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Bookmark, and back to where the button was."""
    return await react(request, post_id, bookmark_post)


@post("/posts/{post_id:str}/unbookmark")
async def unbookmark(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Take a bookmark back."""
    return await react(request, post_id, unbookmark_post)


@post("/posts/{post_id:str}/mute-thread")
async def quiet(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """No more notifications about a thread."""
    return await react(request, post_id, mute_thread, whole_page=True)


@post("/posts/{post_id:str}/unmute-thread")
async def unquiet(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Notifications about a thread again."""
    return await react(request, post_id, unmute_thread, whole_page=True)


@post("/posts/{post_id:str}/pin")
async def pin(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Show a post on top of the profile."""
    return await _pin(request, post_id, "pin")


@post("/posts/{post_id:str}/unpin")
async def unpin(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """No longer show it there."""
    return await _pin(request, post_id, "unpin")


async def _pin(request: Request[Any, Any, Any], post_id: str, verb: str) -> Sendable:
    values = await sent_form(request)
    view: View = await view_of(scope_of(request))
    needs_login(view)
    use_case, said = _PINS[verb]
    try:
        await use_case(view.ports, view.actor, PostCommand(post_id=post_id_from(post_id)))
    except Invalid as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate(said))
    return back(request, values)


HANDLERS = (bookmarks, favourites, more, bookmark, unbookmark, quiet, unquiet, pin, unpin)
