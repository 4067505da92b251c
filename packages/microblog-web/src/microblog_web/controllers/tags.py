"""Hashtags that the reader follows: their list, and the buttons to follow one or no longer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.marks import check_tag
from microblog_core.services.tags import (
    TagCommand,
    follow_tag,
    read_followed_tags,
    read_tag_info,
    unfollow_tag,
)
from microblog_web.forms import Form
from microblog_web.fragments import EMPTY
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    back,
    flash,
    listing_page,
    needs_login,
    neighbours,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("name",)


@get("/tags")
async def followed(request: Request[Any, Any, Any]) -> Sendable:
    """The hashtags that the reader follows."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, request, Form(fields=FIELDS))


@post("/tags")
async def follow_named(request: Request[Any, Any, Any]) -> Sendable:
    """Follow a hashtag by its name."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        await follow_tag(view.ports, view.actor, TagCommand(name=values.get("name", "")))
    except (Invalid, RateLimited) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _page(view, request, form, error.status)
    return see_other("/tags")


@post("/tags/{tag:str}/follow")
async def follow(request: Request[Any, Any, Any], tag: FromPath[str]) -> Sendable:
    """Follow a hashtag by the button on its page."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        await follow_tag(view.ports, view.actor, TagCommand(name=known_tag(tag)))
    except Invalid as error:
        flash(request, view.explain(error), "error")
    return back(request, values, default="/tags")


@post("/tags/{tag:str}/unfollow")
async def unfollow(request: Request[Any, Any, Any], tag: FromPath[str]) -> Sendable:
    """No longer follow a hashtag."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await unfollow_tag(view.ports, view.actor, TagCommand(name=known_tag(tag)))
    return back(request, values, default="/tags")


async def tag_button(view: View, name: str) -> Markup:
    """The button that stands on a hashtag's page; none for visitors, and for what can't be one."""
    if view.me is None:
        return EMPTY
    try:
        info = await read_tag_info(view.ports, view.actor, name)
    except NotFound:
        return EMPTY
    return view.web.render(
        "web/tag_button.html", view.locale, info=info, path=f"/tags/{quote(info.name, safe='')}"
    )


def known_tag(tag: str) -> str:
    """The tag in an address. Raises `NotFound` for what can't be one."""
    try:
        return check_tag(tag)
    except Invalid:
        raise NotFound("There is no such hashtag.") from None


async def _page(view: View, request: Request[Any, Any, Any], form: Form, status: int = 200) -> Answer:
    listing = await read_followed_tags(view.ports, view.actor, listing_page(scope_of(request)))
    main = view.web.render(
        "web/followed_tags.html",
        view.locale,
        form=form,
        tags=[(tag.name, f"/tags/{quote(tag.name, safe='')}") for tag in listing.items],
        csrf=view.csrf,
        **neighbours("/tags", listing),
    )
    page = Page(title=view.translate("Hashtags that you follow"), main=main, active="collections")
    return await answer_page(view, page, status)


HANDLERS = (followed, follow_named, follow, unfollow)
