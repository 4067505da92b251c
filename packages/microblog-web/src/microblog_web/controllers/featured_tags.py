"""Hashtags on profiles: what somebody writes with one, and choosing one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Invalid
from microblog_core.domain.marks import FEATURED_TAGS_MAX
from microblog_core.services.tags import (
    TagCommand,
    feature_tag,
    read_featured_tags,
    suggest_tags,
    unfeature_tag,
)
from microblog_web.controllers.settings import answer_settings
from microblog_web.controllers.tags import known_tag
from microblog_web.forms import Form
from microblog_web.requests import Sendable, needs_login, scope_of, sent_form, typed, view_of
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("name",)
PATH = "/settings/featured_tags"


class Featured(msgspec.Struct, frozen=True):
    """A hashtag on a profile: its name, the address of the posts with it, and how many there are."""

    name: str
    path: str
    count: int


async def featured_on(view: View, account: Account) -> Sequence[Featured]:
    """The hashtags on somebody's profile."""
    return [
        Featured(each.name, f"/@{account.acct}/tagged/{quote(each.name, safe='')}", each.posts_count)
        for each in await view.ports.storage.tags.featured(account.id)
    ]


@get(PATH)
async def featured(request: Request[Any, Any, Any]) -> Sendable:
    """The hashtags on the reader's profile."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _page(view, Form(fields=FIELDS))


@post(PATH)
async def add(request: Request[Any, Any, Any]) -> Sendable:
    """Show a hashtag on the own profile."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        await feature_tag(view.ports, view.actor, TagCommand(name=values.get("name", "")))
    except Invalid as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _page(view, form, error.status)
    return see_other(PATH)


@post(PATH + "/{tag:str}/remove")
async def remove(request: Request[Any, Any, Any], tag: FromPath[str]) -> Sendable:
    """No longer show a hashtag on the own profile."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await unfeature_tag(view.ports, view.actor, TagCommand(name=known_tag(tag)))
    return see_other(PATH)


async def _page(view: View, form: Form, status: int = 200) -> Answer:
    me = needs_login(view)
    shown = await read_featured_tags(view.ports, view.actor, me.id)
    main = view.web.render(
        "web/settings/featured_tags.html",
        view.locale,
        form=form,
        me=me,
        tags=[(each.name, f"{PATH}/{quote(each.name, safe='')}", each.posts_count) for each in shown],
        suggested=[each.name for each in await suggest_tags(view.ports, view.actor)],
        most=FEATURED_TAGS_MAX,
        csrf=view.csrf,
    )
    return await answer_settings(view, "profile", main, status)


HANDLERS = (featured, add, remove)
