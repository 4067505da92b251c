"""Writing: a new post, an answer, an edit, a deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    TooLarge,
)
from microblog_core.domain.ids import parse_id
from microblog_core.domain.media import ATTACHMENTS_MAX, Attachment, MediaState
from microblog_core.domain.posts import Entry, Visibility, check_visibility
from microblog_core.http import csrf
from microblog_core.http.login import safe_next
from microblog_core.http.scope import query_of
from microblog_core.services.media import UploadMedia, upload_media
from microblog_core.services.posts import (
    DeletePost,
    DescribedMedia,
    EditPost,
    PublishPost,
    edit_post,
    publish_post,
)
from microblog_core.services.timelines import read_post
from microblog_core.services.undo import delete_post_undoably
from microblog_web.composer import DESCRIPTIONS, FIELDS, PICTURES, reply_values
from microblog_web.composing import answer_composing
from microblog_web.controllers.undo import undelete_path, unpublish_path
from microblog_web.forms import Form
from microblog_web.fragments import draw_posts
from microblog_web.languages import check_language
from microblog_web.pages import Page
from microblog_web.pictures import pictures_of
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    form_with_files,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

EDIT_FIELDS = ("text", "spoiler", "sensitive")


@get("/compose")
async def compose(request: Request[Any, Any, Any]) -> Sendable:
    """The form for a new post (`?text=` fills it), or for an answer (`?reply=ID`)."""
    view = await view_of(scope_of(request))
    needs_login(view)
    query = query_of(scope_of(request))
    if "reply" in query:
        parent = await read_post(view.ports, view.actor, post_id_from(query["reply"]))
        return await answer_composing(view, Form(reply_values(view, parent)), parent)
    visibility = view.login.default_visibility if view.login is not None else "public"
    return await answer_composing(view, Form({"text": query.get("text", ""), "visibility": visibility}), None)


@post("/compose")
async def publish(request: Request[Any, Any, Any]) -> Sendable:
    """Publish what was written; show the form again with what is to mend."""
    scope = scope_of(request)
    values, files = await form_with_files(request)
    try:
        await csrf.check(scope, values.get(csrf.FIELD, ""))
    except csrf.Forged as error:
        return await _lost(request, values, error)
    view = await view_of(scope)
    needs_login(view)
    answered = values.get("in_reply_to_id", "")
    parent = await _parent(view, answered)
    media_ids = _ids(values.get("media", ""))
    try:
        await _upload(view, values, files, media_ids)
        entry = await publish_post(
            view.ports,
            view.actor,
            PublishPost(
                text=values.get("text", ""),
                spoiler=values.get("spoiler", ""),
                sensitive=bool(values.get("sensitive")),
                visibility=check_visibility(values.get("visibility", "public")),
                language=check_language(values.get("language", "")),
                in_reply_to_id=post_id_from(answered) if answered else None,
                media_ids=tuple(media_ids),
                idempotency_key=values.get("once", "")[:64],
                undoable=True,
            ),
        )
    except (Invalid, RateLimited, Forbidden, TooLarge) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await answer_composing(view, form, parent, error.status, await _kept(view, media_ids))
    said = view.translate("Your answer is published.") if answered else view.translate("Published.")
    flash(request, said, undo=unpublish_path(view, entry))
    if parent is not None:
        return see_other(f"/@{parent.author.acct}/{parent.post.id}#p{entry.post.id}")
    if entry.post.visibility is Visibility.DIRECT:
        # Home timelines leave out what names somebody else only; the post's own page shows that it is there.
        return see_other(f"/@{entry.author.acct}/{entry.post.id}")
    return see_other(f"/#p{entry.post.id}")


@get("/posts/{post_id:str}/edit")
async def edit(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """The form for a new version."""
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id)
    values = {
        "text": entry.post.text,
        "spoiler": entry.post.spoiler,
        "sensitive": "1" if entry.post.sensitive else "",
        "version": str(entry.post.version),
    }
    return await _editing(view, entry, Form(values))


@post("/posts/{post_id:str}/edit")
async def save_edit(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Store the new version; a version that came in between is shown, not overwritten."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id)
    version = values.get("version", "")
    shown = entry.post.attachments
    try:
        await edit_post(
            view.ports,
            view.actor,
            EditPost(
                post_id=entry.post.id,
                text=values.get("text", ""),
                spoiler=values.get("spoiler", ""),
                sensitive=bool(values.get("sensitive")),
                media_ids=tuple(each.id for each in shown if not values.get(f"remove_{each.id}")),
                media_attributes=tuple(
                    DescribedMedia(id=each.id, description=values.get(f"about_{each.id}", each.description))
                    for each in shown
                ),
                version=int(version)
                if version.isascii() and version.isdigit() and len(version) < 10
                else None,
            ),
        )
    except (Invalid, RateLimited, Conflict) as error:
        newest = {**typed(values, EDIT_FIELDS), "version": str(entry.post.version)}
        return await _editing(view, entry, Form.rejected(newest, error, EDIT_FIELDS), error.status)
    flash(request, view.translate("Your changes are saved."))
    return see_other(f"/@{entry.author.acct}/{entry.post.id}")


@get("/posts/{post_id:str}/delete")
async def ask_delete(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Ask before deleting."""
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id, moderate=True)
    main = view.web.render(
        "web/delete.html", view.locale, entry=entry, post=await draw_posts(view, (entry,)), csrf=view.csrf
    )
    return await answer_page(view, Page(title=view.translate("Delete this post?"), main=main))


@post("/posts/{post_id:str}/delete")
async def delete(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Delete a post; for a moment it can be brought back."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    deleted = await delete_post_undoably(view.ports, view.actor, DeletePost(post_id=post_id_from(post_id)))
    flash(request, view.translate("The post is deleted."), undo=undelete_path(deleted))
    return see_other(safe_next(values.get("return_to", ""), "/"))


async def _own(view: View, text: str, *, moderate: bool = False) -> Entry:
    """A post that the reader may change. Raises `NotFound`, `Forbidden`."""
    entry = await read_post(view.ports, view.actor, post_id_from(text))
    if not (moderate and view.ports.authoriser.allows(view.actor, "posts.moderate", entry.post)):
        view.ports.authoriser.check(view.actor, "posts.write", entry.post)
    return entry


async def _parent(view: View, answered: str) -> Entry | None:
    if not answered:
        return None
    try:
        return await read_post(view.ports, view.actor, post_id_from(answered))
    except NotFound:
        return None


async def _upload(
    view: View, values: Mapping[str, str], files: Mapping[str, bytes], media_ids: list[int]
) -> None:
    """Upload the pictures of a form; `media_ids` grows by each. Raises `Invalid` with the field of the
    form.
    """
    for picture, description in zip(PICTURES, DESCRIPTIONS, strict=True):
        if picture not in files:
            continue
        command = UploadMedia(data=files[picture], description=values.get(description, ""))
        try:
            media_ids.append((await upload_media(view.ports, view.actor, command)).id)
        except Invalid as error:
            names = {"file": picture, "description": description}
            raise Invalid(
                fields={names.get(name, name): text for name, text in error.fields.items()}, hint=error.hint
            ) from error
        except TooLarge as error:
            raise TooLarge(error.message, hint=error.hint) from error


def _ids(text: str) -> list[int]:
    """The ids that a form carries along; what is none is left out."""
    return [found for each in text.split(",")[:ATTACHMENTS_MAX] if (found := parse_id(each)) is not None]


async def _kept(view: View, media_ids: Sequence[int]) -> tuple[Attachment, ...]:
    """Pictures that were uploaded with a form that is to be mended, as far as they can be used."""
    found = await view.ports.storage.media.some(media_ids)
    return tuple(
        each
        for each in found
        if each.account_id == view.actor.id and each.state is not MediaState.FAILED and each.post_id is None
    )


async def _editing(view: View, entry: Entry, form: Form, status: int = 200) -> Answer:
    main = view.web.render(
        "web/edit.html",
        view.locale,
        entry=entry,
        form=form,
        csrf=view.csrf,
        limit=view.ports.limits.post_length,
        pictures=[(each, pictures_of(view, (each,))) for each in entry.post.attachments],
    )
    return await answer_page(view, Page(title=view.translate("Edit your post"), main=main), status)


async def _lost(request: Request[Any, Any, Any], values: Mapping[str, str], error: DomainError) -> Answer:
    """The form can't be accepted, but what was written must not be lost."""
    view = await view_of(scope_of(request))
    form = Form.rejected(typed(values, FIELDS), error, FIELDS)
    if view.me is not None:
        parent = await _parent(view, values.get("in_reply_to_id", ""))
        return await answer_composing(view, form, parent, error.status)
    main = view.web.render("web/lost.html", view.locale, form=form, error=error)
    return await answer_page(view, Page(title=view.translate("Please log in"), main=main), error.status)


HANDLERS = (compose, publish, edit, save_edit, ask_delete, delete)
