"""Settings: filters. What the reader doesn't want to read, by words or by single posts, and what becomes of
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Invalid, NotFound, RateLimited
from microblog_core.domain.filters import (
    FILTERS_MAX,
    Filter,
    FilterAction,
    FilterContext,
    check_context,
    check_filter_action,
)
from microblog_core.services.filters import (
    UNSET,
    AddFilterStatus,
    CreateFilter,
    DeleteFilter,
    DeleteFilterStatus,
    KeywordChange,
    UpdateFilter,
    add_filter_status,
    create_filter,
    delete_filter,
    delete_filter_status,
    read_filter,
    read_filters,
    update_filter,
)
from microblog_core.services.timelines import read_posts
from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.i18n import mark
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    back,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.texts import excerpt
from microblog_web.views import View

KEEP = "keep"
NEVER = ""
CONTEXTS: Mapping[FilterContext, str] = {
    FilterContext.HOME: mark("Home timeline and lists"),
    FilterContext.NOTIFICATIONS: mark("Notifications"),
    FilterContext.PUBLIC: mark("Public posts and hashtags"),
    FilterContext.THREAD: mark("Threads"),
    FilterContext.ACCOUNT: mark("Profiles"),
}
ACTIONS: Mapping[FilterAction, str] = {
    FilterAction.WARN: mark("Fold them, with the filter's title"),
    FilterAction.HIDE: mark("Leave them out"),
    FilterAction.BLUR: mark("Fold their pictures only"),
}
ENDS = (
    (NEVER, mark("Never")),
    ("1800", mark("In half an hour")),
    ("3600", mark("In an hour")),
    ("21600", mark("In six hours")),
    ("86400", mark("In a day")),
    ("604800", mark("In a week")),
    ("2592000", mark("In thirty days")),
)
_BOXES = tuple(f"context_{context}" for context in FilterContext)
FIELDS = ("title", "context", "filter_action", "expires_in", "words", "parts", *_BOXES)
POSTS_SHOWN = 40


@get("/filters")
async def filters(request: Request[Any, Any, Any]) -> Sendable:
    """The reader's filters."""
    view = await view_of(scope_of(request))
    needs_login(view)
    main = view.web.render(
        "web/filters/overview.html",
        view.locale,
        filters=await read_filters(view.ports, view.actor),
        contexts=CONTEXTS,
        actions=ACTIONS,
        most=FILTERS_MAX,
        now=view.now,
    )
    return await answer_settings(view, "filters", main)


@get("/filters/new")
async def new(request: Request[Any, Any, Any]) -> Sendable:
    """A form for a filter; it folds everywhere unless something else is chosen."""
    view = await view_of(scope_of(request))
    needs_login(view)
    values = {"filter_action": FilterAction.WARN.value, **dict.fromkeys(_BOXES, "1")}
    return await _form_page(view, Form(values, fields=FIELDS))


@post("/filters/new")
async def make(request: Request[Any, Any, Any]) -> Sendable:
    """Make a filter."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    try:
        command = CreateFilter(
            title=values.get("title", ""),
            context=_context(values),
            action=check_filter_action(values.get("filter_action", "")),
            expires_in=_expires_in(values),
            keywords=tuple(
                KeywordChange(keyword=keyword, whole_word=whole) for keyword, whole in _keywords(values)
            ),
        )
        await create_filter(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        return await _form_page(view, _rejected(values, error), status=error.status)
    flash(request, view.translate("The filter is made."))
    return see_other("/filters")


@get("/filters/{filter_id:str}")
async def edit(request: Request[Any, Any, Any], filter_id: FromPath[str]) -> Sendable:
    """A filter to change."""
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_filter(view.ports, view.actor, _id(filter_id))
    return await _form_page(view, Form(_stored(found), fields=FIELDS), found)


@post("/filters/{filter_id:str}")
async def save(request: Request[Any, Any, Any], filter_id: FromPath[str]) -> Sendable:
    """Change a filter with its words."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_filter(view.ports, view.actor, _id(filter_id))
    try:
        command = UpdateFilter(
            filter_id=found.id,
            title=values.get("title", ""),
            context=_context(values),
            action=check_filter_action(values.get("filter_action", "")),
            expires_in=UNSET if values.get("expires_in") == KEEP else _expires_in(values),
            keywords=_changes(found, values),
        )
        await update_filter(view.ports, view.actor, command)
    except (Invalid, RateLimited) as error:
        return await _form_page(view, _rejected(values, error), found, error.status)
    flash(request, view.translate("The filter is saved."))
    return see_other("/filters")


@get("/filters/{filter_id:str}/delete")
async def ask_delete(request: Request[Any, Any, Any], filter_id: FromPath[str]) -> Sendable:
    """Whether the filter is really to go."""
    view = await view_of(scope_of(request))
    needs_login(view)
    found = await read_filter(view.ports, view.actor, _id(filter_id))
    title = view.translate("Delete the filter “%(title)s”?", title=found.title)
    main = view.web.render(
        "web/sure.html",
        view.locale,
        title=title,
        text=view.translate("It goes with all its words. What it hid is shown again."),
        action=f"/filters/{found.id}/delete",
        cancel="/filters",
        csrf=view.csrf,
    )
    return await answer_page(view, Page(title=title, main=main, active="settings"))


@post("/filters/{filter_id:str}/delete")
async def delete(request: Request[Any, Any, Any], filter_id: FromPath[str]) -> Sendable:
    """Delete a filter."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await delete_filter(view.ports, view.actor, DeleteFilter(filter_id=_id(filter_id)))
    flash(request, view.translate("The filter is deleted."))
    return see_other("/filters")


@post("/filters/posts")
async def add_post(request: Request[Any, Any, Any]) -> Sendable:
    """Let a filter match a single post."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    command = AddFilterStatus(
        filter_id=_id(values.get("filter", "")), post_id=post_id_from(values.get("post", ""))
    )
    try:
        await add_filter_status(view.ports, view.actor, command)
    except Invalid as error:
        flash(request, view.explain(error), "error")
    else:
        flash(request, view.translate("The filter matches this post now."))
    return back(request, values, default="/filters")


@post("/filters/posts/{status_id:str}/remove")
async def remove_post(request: Request[Any, Any, Any], status_id: FromPath[str]) -> Sendable:
    """Let a filter no longer match a single post."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    await delete_filter_status(view.ports, view.actor, DeleteFilterStatus(status_id=_id(status_id)))
    return back(request, values, default="/filters")


async def _form_page(view: View, form: Form, found: Filter | None = None, status: int = 200) -> Answer:
    ends = [(value, view.translate(label)) for value, label in ENDS]
    if found is not None and found.expires_at is not None:
        ends.insert(0, (KEEP, view.translate("As it is now")))
    named = found.statuses[:POSTS_SHOWN] if found is not None else ()
    entries = await read_posts(view.ports, view.actor, [each.post_id for each in named]) if named else ()
    shown = {entry.post.id: entry for entry in entries}
    main = view.web.render(
        "web/filters/form.html",
        view.locale,
        form=form,
        filter=found,
        posts=[(each, shown.get(each.post_id)) for each in named],
        contexts=[(f"context_{context}", label) for context, label in CONTEXTS.items()],
        actions=[(action.value, view.translate(label)) for action, label in ACTIONS.items()],
        ends=ends,
        excerpt=excerpt,
        csrf=view.csrf,
    )
    return await answer_settings(view, "filters", main, status)


def _stored(found: Filter) -> dict[str, str]:
    return {
        "title": found.title,
        "filter_action": found.action.value,
        "expires_in": KEEP if found.expires_at is not None else NEVER,
        "words": "\n".join(each.keyword for each in found.keywords if each.whole_word),
        "parts": "\n".join(each.keyword for each in found.keywords if not each.whole_word),
        **{f"context_{context}": "1" for context in found.context},
    }


def _rejected(values: Mapping[str, str], error: Invalid | RateLimited) -> Form:
    """What is wrong with a keyword stands at the words."""
    if isinstance(error, Invalid) and error.fields:
        fields = {("words" if name == "keyword" else name): text for name, text in error.fields.items()}
        error = Invalid(fields=fields)
    return Form.rejected(typed(values, FIELDS), error, FIELDS)


def _context(values: Mapping[str, str]) -> tuple[FilterContext, ...]:
    return check_context(context for context in FilterContext if values.get(f"context_{context}"))


def _expires_in(values: Mapping[str, str]) -> float | None:
    text = values.get("expires_in", NEVER)
    if text == NEVER:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise Invalid(fields={"expires_in": "Choose one of these."})
    return float(text)


def _keywords(values: Mapping[str, str]) -> dict[tuple[str, bool], None]:
    """Each line of the two fields with whether it is a whole word, once."""
    lines = [
        (name == "words", line) for name in ("words", "parts") for line in values.get(name, "").split("\n")
    ]
    return {(" ".join(line.split()), whole): None for whole, line in lines if line.strip()}


def _changes(found: Filter, values: Mapping[str, str]) -> tuple[KeywordChange, ...]:
    """What makes the words of a filter those that were sent."""
    wanted = _keywords(values)
    known = {(each.keyword, each.whole_word): each.id for each in found.keywords}
    gone = [KeywordChange(id=known[each], delete=True) for each in known if each not in wanted]
    more = [
        KeywordChange(keyword=keyword, whole_word=whole)
        for keyword, whole in wanted
        if (keyword, whole) not in known
    ]
    return (*gone, *more)


def _id(text: str) -> int:
    try:
        return post_id_from(text)
    except NotFound:
        raise NotFound("There is no such filter.") from None


HANDLERS = (filters, new, make, edit, save, ask_delete, delete, add_post, remove_post)
