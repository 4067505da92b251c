"""Writing: a new post, an answer, a quote; with a look before, a time, a draft."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import Request, get, post

from microblog_core.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    TooLarge,
)
from microblog_core.domain.posts import Entry, Visibility
from microblog_core.http import csrf
from microblog_core.http.scope import query_of
from microblog_core.ports.context import Ports
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.scheduled import SchedulePost, schedule_post
from microblog_core.services.timelines import read_post
from microblog_web.composer import reply_values
from microblog_web.composing import answer_composing
from microblog_web.compositions import (
    FIELDS,
    KEPT,
    RELATED,
    command_of,
    defaults,
    media_ids_of,
    usable_media,
)
from microblog_web.controllers.undo import unpublish_path
from microblog_web.drafts import Draft, SaveDraft, ending, read_draft, save_draft
from microblog_web.forms import Form
from microblog_web.interactions import check_answerable
from microblog_web.pages import Page
from microblog_web.previews import draw_preview
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    form_with_files,
    needs_login,
    post_id_from,
    scope_of,
    typed,
    view_of,
)
from microblog_web.responses import see_other
from microblog_web.taking import take_pictures
from microblog_web.views import View
from microblog_web.zones import WHICH, zone_of

REFUSED = (Invalid, RateLimited, Forbidden, TooLarge, NotFound, Conflict)
"""What may be wrong with what was written: the form is shown again, and nothing is lost."""


class Sent(msgspec.Struct):
    """A form as it was sent, its pictures taken: what it answers and quotes, as far as that is there."""

    values: Mapping[str, str]
    media_ids: list[int]
    parent: Entry | None = None
    quoted: Entry | None = None

    @property
    def draft_id(self) -> int | None:
        """The draft that it continues."""
        text = self.values.get("draft", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None

    def command(self) -> PublishPost:
        """What publishes it. Raises `Invalid`."""
        return command_of(self.values, self.media_ids)


_Act = Callable[[Request[Any, Any, Any], View, Sent], Awaitable[Sendable]]


@get("/compose")
async def compose(request: Request[Any, Any, Any]) -> Sendable:
    """The form for a new post (`?text=` fills it), an answer (`?reply=ID`), a quote (`?quote=ID`), or to go
    on with a draft (`?draft=ID`).
    """
    view = await view_of(scope_of(request))
    needs_login(view)
    query = query_of(scope_of(request))
    if "draft" in query:
        return await _continued(view, await read_draft(view.ports, view.actor, post_id_from(query["draft"])))
    if "reply" in query:
        parent = await read_post(view.ports, view.actor, post_id_from(query["reply"]))
        check_answerable(view, parent)
        return await answer_composing(view, Form(reply_values(view, parent)), parent)
    quoted = None
    if "quote" in query:
        quoted = await read_post(view.ports, view.actor, post_id_from(query["quote"]))
    form = Form({**defaults(view), "text": query.get("text", "")})
    return await answer_composing(view, form, None, quoted=quoted)


@post("/compose")
async def publish(request: Request[Any, Any, Any]) -> Sendable:
    """Publish what was written, at once or later; show the form again with what is to mend."""
    return await _with_form(request, _publish)


@post("/compose/next")
async def publish_and_continue(request: Request[Any, Any, Any]) -> Sendable:
    """Publish what was written, and go on with an answer to it: a thread of one's own."""
    return await _with_form(request, _publish_and_continue)


@post("/compose/form")
async def keep(request: Request[Any, Any, Any]) -> Sendable:
    """Take the pictures, and show the form with every choice."""
    return await _with_form(request, _keep)


@post("/compose/preview")
async def preview(request: Request[Any, Any, Any]) -> Sendable:
    """Show what it would look like, above the form."""
    return await _with_form(request, _preview)


@post("/compose/draft")
async def keep_draft(request: Request[Any, Any, Any]) -> Sendable:
    """Keep it as a draft, and go on writing."""
    return await _with_form(request, _draft)


async def _with_form(request: Request[Any, Any, Any], act: _Act) -> Sendable:
    scope = scope_of(request)
    values, files = await form_with_files(request)
    try:
        await csrf.check(scope, values.get(csrf.FIELD, ""))
    except csrf.Forged as error:
        return await _lost(request, values, error)
    view = await view_of(scope)
    needs_login(view)
    sent = await _sent(view, values)
    try:
        await take_pictures(view, values, files, sent.media_ids)
        return await act(request, view, sent)
    except REFUSED as error:
        return await _again(view, sent, Form.rejected(_typed(values), error, FIELDS), error.status)


async def _sent(view: View, values: Mapping[str, str]) -> Sent:
    parent, quoted = [await _found(view, values.get(name, "")) for name in RELATED]
    return Sent(values, media_ids_of(values), parent, quoted)


async def _found(view: View, text: str) -> Entry | None:
    if not text:
        return None
    try:
        return await read_post(view.ports, view.actor, post_id_from(text))
    except NotFound:
        return None


async def _again(view: View, sent: Sent, form: Form, status: int = 200, **more: Any) -> Sendable:
    kept = await usable_media(view, sent.media_ids)
    draft = sent.values.get("draft", "")
    return await answer_composing(
        view, form, sent.parent, status, kept, quoted=sent.quoted, draft=draft, **more
    )


async def _publish(request: Request[Any, Any, Any], view: View, sent: Sent) -> Sendable:
    at = _moment(view, sent)
    if at is not None:
        await schedule_post(
            _ending(view, sent), view.actor, SchedulePost(post=sent.command(), scheduled_at=at)
        )
        flash(
            request,
            view.translate("Your post waits until %(moment)s.", moment=zone_of(view).words(at, view.locale)),
        )
        return see_other("/scheduled")
    entry = await _published(request, view, sent)
    if sent.parent is not None:
        return see_other(f"/@{sent.parent.author.acct}/{sent.parent.post.id}#p{entry.post.id}")
    if entry.post.visibility is Visibility.DIRECT:
        # Home timelines leave out what names somebody else only; the post's own page shows that it is there.
        return see_other(f"/@{entry.author.acct}/{entry.post.id}")
    return see_other(f"/#p{entry.post.id}")


async def _publish_and_continue(request: Request[Any, Any, Any], view: View, sent: Sent) -> Sendable:
    if sent.values.get("scheduled_at", "").strip():
        raise Invalid(fields={"scheduled_at": "A thread goes on after what is published already."})
    entry = await _published(request, view, sent)
    return see_other(f"/compose?reply={entry.post.id}")


async def _published(request: Request[Any, Any, Any], view: View, sent: Sent) -> Entry:
    command = msgspec.structs.replace(sent.command(), undoable=True)
    entry = await publish_post(_ending(view, sent), view.actor, command)
    answered = sent.values.get("in_reply_to_id", "")
    said = view.translate("Your answer is published.") if answered else view.translate("Published.")
    flash(request, said, undo=unpublish_path(view, entry))
    return entry


def _moment(view: View, sent: Sent) -> int | None:
    """When it is to be published; None for at once. Raises `Invalid` (fields `scheduled_at`, `WHICH`)."""
    return zone_of(view).moment(sent.values.get("scheduled_at", ""), sent.values.get(WHICH, ""))


def _ending(view: View, sent: Sent) -> Ports:
    """The draft goes with the transaction that publishes it."""
    return view.ports if sent.draft_id is None else view.ports.having(ending(view.actor, sent.draft_id))


async def _keep(_: Request[Any, Any, Any], view: View, sent: Sent) -> Sendable:
    return await _again(view, sent, Form(_typed(sent.values), fields=FIELDS))


async def _preview(_: Request[Any, Any, Any], view: View, sent: Sent) -> Sendable:
    _moment(view, sent)
    drawn = await draw_preview(view, sent.command())
    return await _again(view, sent, Form(_typed(sent.values), fields=FIELDS), preview=drawn)


async def _draft(request: Request[Any, Any, Any], view: View, sent: Sent) -> Sendable:
    command = SaveDraft(
        values=typed(sent.values, (*KEPT, *RELATED)),
        media_ids=tuple(sent.media_ids),
        draft_id=sent.draft_id,
    )
    draft = await save_draft(view.ports, view.actor, command)
    flash(request, view.translate("Saved as a draft."))
    return see_other(f"/compose?draft={draft.id}")


async def _continued(view: View, draft: Draft) -> Sendable:
    sent = await _sent(view, {**draft.values, "draft": str(draft.id)})
    sent.media_ids = list(draft.media_ids)
    gone = [name for name in RELATED if draft.values.get(name)]
    missing = len(gone) - (sent.parent is not None) - (sent.quoted is not None)
    if missing:
        text = view.translate("What this draft answered or quoted is gone, or you may not see it any more.")
        view.flash = [*view.flash, ("info", text, "")]
    return await _again(view, sent, Form({"visibility": "public", **draft.values}, fields=FIELDS))


def _typed(values: Mapping[str, str]) -> dict[str, str]:
    about = {name: value for name, value in values.items() if name.startswith("about_")}
    return {**about, **typed(values, FIELDS)}


async def _lost(request: Request[Any, Any, Any], values: Mapping[str, str], error: DomainError) -> Sendable:
    """The form can't be accepted, but what was written must not be lost."""
    view = await view_of(scope_of(request))
    form = Form.rejected(_typed(values), error, FIELDS)
    if view.me is not None:
        return await _again(view, await _sent(view, values), form, error.status)
    main = view.web.render("web/lost.html", view.locale, form=form, error=error)
    return await answer_page(view, Page(title=view.translate("Please log in"), main=main), error.status)


HANDLERS = (compose, publish, publish_and_continue, keep, preview, keep_draft)
