"""A single post: its thread, its history, and the buttons under it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, Thread
from microblog_core.ports.context import Ports
from microblog_core.services.filtering import apply_filters_to_thread
from microblog_core.services.reactions import (
    PostCommand,
    boost_post,
    favourite_post,
    unboost_post,
    unfavourite_post,
)
from microblog_core.services.timelines import read_edits, read_post, read_thread, tags_of
from microblog_web.composer import reply_form
from microblog_web.differences import changes_between
from microblog_web.fragments import EMPTY, draw_posts
from microblog_web.inplace import answer_post, asks_in_place, line_id
from microblog_web.interactions import why_no_reply
from microblog_web.pages import Meta, Page
from microblog_web.pictures import pictures_of, shared_picture
from microblog_web.requests import (
    Sendable,
    answer_shared,
    back,
    handle_from,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    view_of,
)
from microblog_web.responses import moved
from microblog_web.texts import excerpt
from microblog_web.times import machine
from microblog_web.views import View

DEEPEST = 3
_Service = Callable[[Ports, Actor, PostCommand], Awaitable[Entry]]


class _Elsewhere(Exception):
    """The post's address is another one (the author is spelled differently)."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@get("/{handle:str}/{post_id:str}")
async def thread(request: Request[Any, Any, Any], handle: FromPath[str], post_id: FromPath[str]) -> Sendable:
    """A post with what it answers and what answers it."""
    handle_from(handle)
    number = post_id_from(post_id)
    try:
        return await answer_shared(scope_of(request), lambda view: _thread(view, handle, number))
    except _Elsewhere as elsewhere:
        return moved(elsewhere.path)


@get("/{handle:str}/{post_id:str}/history")
async def history(request: Request[Any, Any, Any], handle: FromPath[str], post_id: FromPath[str]) -> Sendable:
    """All versions of a post, newest first."""
    handle_from(handle)
    number = post_id_from(post_id)
    try:
        return await answer_shared(scope_of(request), lambda view: _history(view, handle, number))
    except _Elsewhere as elsewhere:
        return moved(f"{elsewhere.path}/history")


async def _thread(view: View, handle: str, post_id: int) -> tuple[Page, Iterable[str]]:
    read = await read_thread(view.ports, view.actor, post_id)
    found = await apply_filters_to_thread(view.ports, view.actor, read)
    entry = found.entry
    _check_address(entry, handle, post_id)
    entries = (*found.ancestors, entry, *found.descendants)
    drawn = await draw_posts(view, entries, _classes(found))
    refused = why_no_reply(view, entry) if view.me is not None else ""
    main = view.web.render(
        "web/thread.html",
        view.locale,
        posts=drawn,
        entry=entry,
        alone=not found.descendants,
        more=found.more,
        reply=await reply_form(view, entry) if view.me is not None and not refused else EMPTY,
        refused=refused,
        moderates=_moderates(view, entry),
    )
    title = view.translate("%(name)s: “%(text)s”", name=entry.author.name, text=excerpt(entry.post, 60))
    page = Page(title=title, main=main, meta=_meta(view, entry, title))
    return page, (f"thread:{entry.post.thread_id}", *tags_of(entries))


async def _history(view: View, handle: str, post_id: int) -> tuple[Page, Iterable[str]]:
    entry = await read_post(view.ports, view.actor, post_id)
    _check_address(entry, handle, post_id)
    edits = await read_edits(view.ports, view.actor, entry.post.id)
    changes = [None, *(changes_between(older, newer) for older, newer in pairwise(edits))]
    versions = [
        (edit, view.web.emojis.rich(edit.html), pictures_of(view, edit.attachments), changed)
        for edit, changed in reversed(list(zip(edits, changes, strict=True)))
    ]
    main = view.web.render("web/history.html", view.locale, entry=entry, versions=versions)
    title = view.translate("Versions of a post by %(name)s", name=entry.author.name)
    page = Page(title=title, main=main, meta=Meta(index=False) if view.me is None else None)
    return page, tags_of((entry,))


def _moderates(view: View, entry: Entry) -> bool:
    own = view.me is not None and view.me.id == entry.author.id
    return not own and view.ports.authoriser.allows(view.actor, "posts.moderate", entry.post)


def _check_address(entry: Entry, handle: str, post_id: int) -> None:
    if handle != f"@{entry.author.acct}" or entry.post.id != post_id:
        raise _Elsewhere(f"/@{entry.author.acct}/{entry.post.id}")


def _classes(found: Thread) -> dict[int, str]:
    """How deep answers are indented: answers to the post itself not at all."""
    classes = {found.entry.id: "focus"}
    depth = {found.entry.post.id: 0}
    for answer in found.descendants:
        level = depth.get(answer.post.in_reply_to_id or 0, 0) + 1
        depth[answer.post.id] = level
        if level > 1:
            classes[answer.id] = f"d{min(level - 1, DEEPEST)}"
    return classes


def _meta(view: View, entry: Entry, title: str) -> Meta | None:
    if view.me is not None:
        return None
    base, post = view.ports.base_url, entry.post
    url = f"{base}/@{entry.author.acct}/{post.id}" if base else ""
    shown = () if post.sensitive or post.spoiler else post.attachments[:1]
    key = shown[0].key if shown else entry.author.avatar
    return Meta(
        description=excerpt(post, 200),
        kind="article",
        url=url,
        index=post.visibility in OPEN_VISIBILITIES[:1] and entry.author.indexable,
        image=shared_picture(view, key) if key else "",
        image_description=shown[0].description if shown else "",
        published=machine(post.created_at),
        oembed=f"/oembed?url={quote(url, safe='')}" if url else "",
    )


async def react(
    request: Request[Any, Any, Any], post_id: str, service: _Service, *, whole_page: bool = False
) -> Sendable:
    """Do to a post what a button says, and back to where the button was. With `whole_page` the script gets
    the page, too: more than the post's own buttons have changed.
    """
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await service(view.ports, view.actor, PostCommand(post_id=post_id_from(post_id)))
    at = line_id(request.query_params.get("at", ""))
    if asks_in_place(request) and not whole_page:
        return await answer_post(view, entry, at=at, here=values.get("return_to", ""))
    return back(
        request, values, anchor=f"p{at or entry.post.id}", default=f"/@{entry.author.acct}/{entry.post.id}"
    )


@post("/posts/{post_id:str}/boost")
async def boost(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Boost, and back to where the button was."""
    return await react(request, post_id, boost_post)


@post("/posts/{post_id:str}/unboost")
async def unboost(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Take a boost back."""
    return await react(request, post_id, unboost_post)


@post("/posts/{post_id:str}/favourite")
async def favourite(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Favourite, and back to where the button was."""
    return await react(request, post_id, favourite_post)


@post("/posts/{post_id:str}/unfavourite")
async def unfavourite(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Take a favourite back."""
    return await react(request, post_id, unfavourite_post)


HANDLERS: Sequence[Any] = (thread, history, boost, unboost, favourite, unfavourite)
