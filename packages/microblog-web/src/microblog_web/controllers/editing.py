"""Changing what is written: an edit, a deletion, writing it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.errors import Conflict, Invalid, RateLimited, TooLarge
from microblog_core.domain.media import ATTACHMENTS_MAX, Attachment
from microblog_core.domain.posts import Entry
from microblog_core.http.login import safe_next
from microblog_core.services.posts import DeletePost, DescribedMedia, EditPost, delete_post, edit_post
from microblog_core.services.timelines import read_post
from microblog_core.services.undo import delete_post_undoably
from microblog_web.composer import accepted, lasting
from microblog_web.compositions import (
    DESCRIPTIONS,
    OPTIONS,
    PICTURES,
    media_ids_of,
    poll_of,
    usable_media,
    values_of_post,
)
from microblog_web.controllers.undo import undelete_path
from microblog_web.drafts import SaveDraft, save_draft
from microblog_web.forms import Form
from microblog_web.fragments import draw_posts
from microblog_web.inplace import asks_in_place, fragment
from microblog_web.languages import check_language
from microblog_web.members_only import parts_of
from microblog_web.pages import Page
from microblog_web.pictures import FOCUS_CHOICES, pictures_of
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    needs_login,
    post_id_from,
    scope_of,
    sent_form,
    sent_form_with_files,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.taking import focus_of, take_pictures
from microblog_web.views import View

POLL_FIELDS = (*OPTIONS, "poll_lasts", "poll_multiple", "poll_hidden")
EDIT_FIELDS = (
    "text", "spoiler", "sensitive", "language", "poll", *POLL_FIELDS, "media_ids", *PICTURES, *DESCRIPTIONS,
)  # fmt: skip
REFUSED = (Invalid, RateLimited, Conflict, TooLarge)


@get("/posts/{post_id:str}/edit")
async def edit(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """The form for a new version."""
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id)
    values = typed(values_of_post(entry), EDIT_FIELDS)
    form = Form({**values, "version": str(entry.post.version)})
    return await _editing(view, entry, form, entry.post.attachments)


@post("/posts/{post_id:str}/edit")
async def save_edit(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Store the new version; a version that came in between is shown, not overwritten."""
    return await _with_pictures(request, post_id, save=True)


@post("/posts/{post_id:str}/edit/form")
async def keep_editing(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Take the pictures, put them in their new order, and go on."""
    return await _with_pictures(request, post_id, save=False)


async def _with_pictures(request: Request[Any, Any, Any], post_id: str, *, save: bool) -> Sendable:
    values, files = await sent_form_with_files(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id)
    carried = ",".join(str(each.id) for each in entry.post.attachments)
    media_ids = media_ids_of({"media": carried, **values})
    newest = {**_about(values), **typed(values, EDIT_FIELDS), "version": str(entry.post.version)}
    try:
        await take_pictures(view, values, files, media_ids)
        if save:
            command = _command(entry, values, await _attached(view, entry, media_ids), media_ids)
            await edit_post(view.ports, view.actor, command)
    except REFUSED as error:
        form = Form.rejected(newest, error, EDIT_FIELDS)
        return await _editing(view, entry, form, await _shown(view, entry, values, media_ids), error.status)
    if not save:
        form = Form({**newest, "version": values.get("version", "")}, fields=EDIT_FIELDS)
        return await _editing(view, entry, form, await _shown(view, entry, values, media_ids))
    flash(request, view.translate("Your changes are saved."))
    return see_other(f"/@{entry.author.acct}/{entry.post.id}")


@get("/posts/{post_id:str}/delete")
async def ask_delete(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Ask before deleting."""
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id, moderate=True)
    main = view.web.render(
        "web/delete.html",
        view.locale,
        entry=entry,
        post=await draw_posts(view, (entry,)),
        csrf=view.csrf,
        own=entry.author.id == view.actor.id,
    )
    return await answer_page(view, Page(title=view.translate("Delete this post?"), main=main))


@post("/posts/{post_id:str}/delete")
async def delete(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Delete a post; for a moment it can be brought back."""
    values = await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    deleted = await delete_post_undoably(view.ports, view.actor, DeletePost(post_id=post_id_from(post_id)))
    said, undo = view.translate("The post is deleted."), undelete_path(deleted)
    if asks_in_place(request):
        return fragment(view.web.render("web/gone.html", view.locale, text=said, undo=undo))
    flash(request, said, undo=undo)
    return see_other(safe_next(values.get("return_to", ""), "/"))


@post("/posts/{post_id:str}/redraft")
async def redraft(request: Request[Any, Any, Any], post_id: FromPath[str]) -> Sendable:
    """Delete an own post, and write it anew: it is a draft before it is gone."""
    await sent_form(request)
    view = await view_of(scope_of(request))
    needs_login(view)
    entry = await _own(view, post_id)
    parts = await parts_of(view, entry)
    media_ids = tuple(each.id for each in parts.post.post.attachments)
    command = SaveDraft(values=values_of_post(*parts), media_ids=media_ids)
    draft = await save_draft(view.ports, view.actor, command)
    await delete_post(view.ports, view.actor, DeletePost(post_id=(parts.teaser or parts.post).post.id))
    flash(request, view.translate("The post is deleted. What it said is a draft."))
    return see_other(f"/compose?draft={draft.id}")


def _command(
    entry: Entry, values: Mapping[str, str], attached: Sequence[Attachment], media_ids: Sequence[int]
) -> EditPost:
    """The edit that a form asks for; `attached` are those of its pictures that the post had before. Raises
    `Invalid`.
    """
    version = values.get("version", "")
    poll = poll_of(values) if "with_poll" in values else None
    return EditPost(
        post_id=entry.post.id,
        text=values.get("text", ""),
        spoiler=values.get("spoiler", ""),
        sensitive=bool(values.get("sensitive")),
        language=check_language(values["language"]) if "language" in values else None,
        media_ids=tuple(media_ids),
        media_attributes=tuple([_described(each, values) for each in attached]),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        poll=poll,
        remove_poll="with_poll" in values and poll is None,
    )


def _described(attachment: Attachment, values: Mapping[str, str]) -> DescribedMedia:
    description = values.get(f"about_{attachment.id}", attachment.description)
    return DescribedMedia(id=attachment.id, description=description, focus=focus_of(values, attachment))


async def _attached(view: View, entry: Entry, media_ids: Sequence[int]) -> list[Attachment]:
    """Those of these pictures that belong to the post already, as any of its versions shows them."""
    shown = {each.id: each for each in entry.post.attachments}
    earlier = [each for each in media_ids if each not in shown]
    found = await view.ports.storage.media.some(earlier) if earlier else ()
    shown |= {each.id: each for each in found if each.post_id == entry.post.id}
    return [shown[each] for each in media_ids if each in shown]


async def _shown(
    view: View, entry: Entry, values: Mapping[str, str], media_ids: Sequence[int]
) -> list[Attachment]:
    """The pictures of a form that is shown again, in their order, with what was chosen to stay in sight."""
    found = {each.id: each for each in await usable_media(view, media_ids)}
    for each in await _attached(view, entry, media_ids):
        try:
            found[each.id] = msgspec.structs.replace(each, focus=focus_of(values, each))
        except Invalid:
            found[each.id] = each
    return [found[each] for each in media_ids if each in found]


def _about(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name.startswith("about_")}


async def _own(view: View, text: str, *, moderate: bool = False) -> Entry:
    """A post that the reader may change. Raises `NotFound`, `Forbidden`."""
    entry = await read_post(view.ports, view.actor, post_id_from(text))
    if not (moderate and view.ports.authoriser.allows(view.actor, "posts.moderate", entry.post)):
        view.ports.authoriser.check(view.actor, "posts.write", entry.post)
    return entry


async def _editing(
    view: View, entry: Entry, form: Form, shown: Sequence[Attachment], status: int = 200
) -> Answer:
    main = view.web.render(
        "web/edit.html",
        view.locale,
        entry=entry,
        form=form,
        csrf=view.csrf,
        limit=view.ports.limits.post_length,
        kept=[(each, pictures_of(view, (each,))) for each in shown],
        pictures=range(len(shown), ATTACHMENTS_MAX) if view.ports.processors else (),
        accept=accepted(view),
        focuses=FOCUS_CHOICES,
        options=range(view.ports.limits.poll_options),
        lasting=lasting(view),
    )
    return await answer_page(view, Page(title=view.translate("Edit your post"), main=main), status)


HANDLERS = (edit, save_edit, keep_editing, ask_delete, delete, redraft)
