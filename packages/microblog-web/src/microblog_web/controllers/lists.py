"""Lists of people and hashtags: their timelines, who is on them, making, changing and deleting them. Nobody
but their owner knows that they exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.filters import FilterContext
from microblog_core.domain.lists import LIST_TAGS_MAX, LISTS_MAX, List, RepliesPolicy, check_replies_policy
from microblog_core.services.filtering import apply_filters
from microblog_core.services.lists import (
    CreateList,
    DeleteList,
    ListMembers,
    UpdateList,
    add_list_members,
    create_list,
    delete_list,
    read_list,
    read_list_members,
    read_list_tags,
    read_list_timeline,
    read_lists,
    read_lists_containing,
    remove_list_members,
    update_list,
)
from microblog_core.services.timelines import read_account, shown_account
from microblog_web.forms import Form
from microblog_web.fragments import draw_posts
from microblog_web.i18n import mark
from microblog_web.live.timelines import Kind, Timeline
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    back,
    flash,
    handle_from,
    listing_page,
    needs_login,
    neighbours,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

FIELDS = ("title", "replies_policy", "exclusive")
MEMBER_FIELDS = ("name",)
TAG_FIELDS = ("tag",)
NAME_LENGTH = 300
POLICIES: tuple[tuple[RepliesPolicy, str], ...] = (
    (RepliesPolicy.LIST, mark("Answers to people on the list")),
    (RepliesPolicy.FOLLOWED, mark("Answers to people whom I follow")),
    (RepliesPolicy.NONE, mark("No answers to others")),
)


@get("/lists")
async def lists(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's lists, and a form for another one."""
    view = await view_of(scope_of(request))
    needs_login(view)
    return await _overview(view, Form(fields=FIELDS))


@post("/lists")
async def make(request: Request[Any, Any, Any]) -> Sendable:
    """Make a list."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        made = await create_list(view.ports, view.actor, CreateList(title=values.get("title", "")))
    except (Invalid, RateLimited) as error:
        return await _overview(view, Form.rejected(typed(values, FIELDS), error, FIELDS), error.status)
    flash(request, view.translate("The list is made. Put somebody on it."))
    return see_other(f"/lists/{made.id}/edit")


@get("/lists/{list_id:str}")
async def timeline(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """What the people on a list write."""
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_list(view.ports, view.actor, list_id_from(list_id))
    read = await read_list_timeline(view.ports, view.actor, found.id, listing_page(scope_of(request)))
    listing = await apply_filters(view.ports, view.actor, read, FilterContext.HOME)
    main = view.web.render(
        "web/lists/timeline.html",
        view.locale,
        list=found,
        live=Timeline(Kind.LIST, found.id).path if listing.newer is None else "",
        posts=await draw_posts(view, listing.items),
        **neighbours(f"/lists/{found.id}", listing),
    )
    return await answer_page(view, Page(title=found.title, main=main, active="collections"))


@get("/lists/{list_id:str}/edit")
async def edit(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """A list's properties and the people on it."""
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_list(view.ports, view.actor, list_id_from(list_id))
    return await edit_page(view, request, found)


@post("/lists/{list_id:str}/edit")
async def save(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """Change a list's properties."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_list(view.ports, view.actor, list_id_from(list_id))
    try:
        command = UpdateList(
            list_id=found.id,
            title=values.get("title", ""),
            replies_policy=check_replies_policy(values.get("replies_policy", "")),
            exclusive=bool(values.get("exclusive")),
        )
        await update_list(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await edit_page(view, request, found, form=form, status=error.status)
    flash(request, view.translate("The list is saved."))
    return see_other(f"/lists/{found.id}/edit")


@get("/lists/{list_id:str}/delete")
async def ask_delete(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """Whether the list is really to go."""
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_list(view.ports, view.actor, list_id_from(list_id))
    title = view.translate("Delete the list “%(title)s”?", title=found.title)
    main = view.web.render(
        "web/sure.html",
        view.locale,
        title=title,
        text=view.translate("Nobody is unfollowed, and no post goes."),
        action=f"/lists/{found.id}/delete",
        cancel=f"/lists/{found.id}/edit",
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main, active="collections"))


@post("/lists/{list_id:str}/delete")
async def delete(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """Delete a list."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await delete_list(view.ports, view.actor, DeleteList(list_id=list_id_from(list_id)))
    flash(request, view.translate("The list is deleted."))
    return see_other("/lists")


@post("/lists/{list_id:str}/members")
async def add_named(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Sendable:
    """Put somebody on a list by name."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_list(view.ports, view.actor, list_id_from(list_id))
    try:
        account_id = await _named(view, values)
        command = ListMembers(list_id=found.id, account_ids=(account_id,))
        await add_list_members(view.ports, view.actor, command)
    except (Invalid, NotFound, RateLimited) as error:
        told = error if not isinstance(error, NotFound) else Invalid(fields={"name": view.explain(error)})
        form = Form.rejected(typed(values, MEMBER_FIELDS), told, MEMBER_FIELDS)
        return await edit_page(view, request, found, member=form, status=told.status)
    return see_other(f"/lists/{found.id}/edit")


@post("/lists/{list_id:str}/members/{account_id:str}/add")
async def add(request: Request[Any, Any, Any], list_id: FromPath[str], account_id: FromPath[str]) -> Sendable:
    """Put somebody on a list by the button beside their name."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ListMembers(list_id=list_id_from(list_id), account_ids=(post_id_from(account_id),))
    try:
        await add_list_members(view.ports, view.actor, command)
    except (Invalid, NotFound) as error:
        flash(request, view.explain(error), "error")
    return back(request, values, default="/lists")


@post("/lists/{list_id:str}/members/{account_id:str}/remove")
async def remove(
    request: Request[Any, Any, Any], list_id: FromPath[str], account_id: FromPath[str]
) -> Sendable:
    """Take somebody off a list."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = ListMembers(list_id=list_id_from(list_id), account_ids=(post_id_from(account_id),))
    await remove_list_members(view.ports, view.actor, command)
    return back(request, values, default="/lists")


@get("/accounts/{account_id:str}/lists")
async def lists_of(request: Request[Any, Any, Any], account_id: FromPath[str]) -> Sendable:
    """On which of the reader's lists somebody is, with buttons to change that."""
    view = await view_of(scope_of(request))
    needs_login(view)
    account = await read_account(view.ports, view.actor, post_id_from(account_id))
    title = view.translate("Lists with @%(acct)s", acct=account.acct)
    main = view.web.render(
        "web/lists/person.html",
        view.locale,
        title=title,
        account=account,
        lists=await read_lists(view.ports, view.actor),
        on={each.id for each in await read_lists_containing(view.ports, view.actor, account.id)},
    )
    return await answer_page(view, Page(title=title, main=main, active="collections"))


async def _named(view: View, values: Mapping[str, str]) -> int:
    name = values.get("name", "").strip()
    if not name or len(name) > NAME_LENGTH:
        raise Invalid(fields={"name": view.translate("Enter a name like @ada.")})
    username, domain = handle_from(name if name.startswith("@") else f"@{name}")
    return (await shown_account(view.ports, view.actor, username, domain)).id


async def _overview(view: View, form: Form, status: int = 200) -> Answer:
    main = view.web.render(
        "web/lists/overview.html",
        view.locale,
        form=form,
        lists=await read_lists(view.ports, view.actor),
        most=LISTS_MAX,
        csrf=view.csrf,
    )
    page = Page(title=view.translate("Lists"), main=main, active="collections")
    return await answer_page(view, page, status)


async def edit_page(
    view: View,
    request: Request[Any, Any, Any],
    found: List,
    *,
    form: Form | None = None,
    member: Form | None = None,
    tag: Form | None = None,
    status: int = 200,
) -> Answer:
    """A list's properties, and who and what is on it; refused forms stand in place of fresh ones."""
    members = await read_list_members(view.ports, view.actor, found.id, listing_page(scope_of(request)))
    stored = {
        "title": found.title,
        "replies_policy": str(found.replies_policy),
        "exclusive": "1" if found.exclusive else "",
    }
    main = view.web.render(
        "web/lists/edit.html",
        view.locale,
        list=found,
        form=form or Form(stored, fields=FIELDS),
        member=member or Form(fields=MEMBER_FIELDS),
        tag=tag or Form(fields=TAG_FIELDS),
        tags=[
            (each.name, quote(each.name, safe=""))
            for each in await read_list_tags(view.ports, view.actor, found.id)
        ],
        tags_most=LIST_TAGS_MAX,
        policies=[(policy.value, view.translate(label)) for policy, label in POLICIES],
        people=members.items,
        csrf=view.csrf,
        **neighbours(f"/lists/{found.id}/edit", members),
    )
    page = Page(title=found.title, main=main, active="collections")
    return await answer_page(view, page, status)


def list_id_from(text: str) -> int:
    """The id of a list in an address. Raises `NotFound`."""
    try:
        return post_id_from(text)
    except NotFound:
        raise NotFound("There is no such list.") from None


HANDLERS = (lists, make, timeline, edit, save, ask_delete, delete, add_named, add, remove, lists_of)
