"""Hashtags on lists: buttons and the form on the page of a list."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, RateLimited
from microblog_core.services.lists import TagOnList, add_list_tag, read_list, remove_list_tag
from microblog_web.controllers.lists import TAG_FIELDS, edit_page, list_id_from
from microblog_web.controllers.tags import known_tag
from microblog_web.forms import Form
from microblog_web.requests import Sendable, back, needs_login, scope_of, sent_form, typed, view_of
from microblog_web.responses import see_other


@post("/lists/{list_id:str}/tags")
async def add(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """Put a hashtag on a list by its name."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_list(view.ports, view.actor, list_id_from(list_id))
    try:
        command = TagOnList(list_id=found.id, name=values.get("tag", ""))
        await add_list_tag(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        told = error
        if isinstance(error, Invalid) and "name" in error.fields:
            told = Invalid(fields={"tag": error.fields["name"]})
        form = Form.rejected(typed(values, TAG_FIELDS), told, TAG_FIELDS)
        return await edit_page(view, request, found, tag=form, status=told.status)
    return see_other(f"/lists/{found.id}/edit")


@post("/lists/{list_id:str}/tags/{tag:str}/remove")
async def remove(request: Request[Any, Any, Any], list_id: FromPath[str], tag: FromPath[str]) -> Sendable:
    """Take a hashtag off a list."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = TagOnList(list_id=list_id_from(list_id), name=known_tag(tag))
    await remove_list_tag(view.ports, view.actor, command)
    return back(request, values, default="/lists")


HANDLERS = (add, remove)
