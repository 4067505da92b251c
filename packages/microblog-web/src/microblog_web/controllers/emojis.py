"""Custom emojis: a page for everybody who writes, and the administrators' pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.emojis import ARCHIVE_FILES, EMOJI_BYTES
from microblog_core.domain.errors import Invalid, TooLarge
from microblog_core.services import emojis as services
from microblog_core.services.announcements import list_emojis
from microblog_core.services.site_texts import read_face
from microblog_web.admin_nav import admin_view, answer_tab
from microblog_web.composer import accepted
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_shared,
    flash,
    scope_of,
    sent_form,
    sent_form_with_files,
    typed,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

PATH = "/admin/emojis"
PERMISSION = "emojis.manage"
FIELDS = ("shortcode", "file", "category", "visible_in_picker")
ARCHIVE_FIELDS = ("archive", "archive_category", "replace")


@get("/emojis")
async def overview(request: Request[Any, Any, Any]) -> Sendable:
    """Every emoji with its shortcode."""
    return await answer_shared(scope_of(request), _overview)


async def _overview(view: View) -> tuple[Page, Iterable[str]]:
    shown = (await read_face(view.ports)).emojis.shown
    main = view.web.render(
        "web/emojis.html",
        view.locale,
        groups=grouped([each for each in shown if each.visible_in_picker]),
        may_add=view.ports.authoriser.allows(view.actor, PERMISSION),
    )
    return Page(title=view.translate("Emojis"), main=main), ("emojis",)


def grouped(emojis: Sequence[CustomEmoji]) -> list[tuple[str, list[CustomEmoji]]]:
    """Emojis by category, those without one first."""
    ordered = sorted(emojis, key=lambda each: (each.category.casefold(), each.shortcode.casefold()))
    return [(name, list(found)) for name, found in groupby(ordered, key=lambda each: each.category)]


@get(PATH)
async def manage(request: Request[Any, Any, Any]) -> Sendable:
    """All emojis, and the forms for new ones."""
    return await _manage(await admin_view(request, PERMISSION))


@post(PATH)
async def upload(request: Request[Any, Any, Any]) -> Sendable:
    """Offer one picture."""
    values, files = await sent_form_with_files(request)
    view = await admin_view(request, PERMISSION)
    command = services.UploadEmoji(
        shortcode=values.get("shortcode", ""),
        data=files.get("file", b""),
        category=values.get("category", ""),
        visible_in_picker=bool(values.get("visible_in_picker")),
    )
    try:
        made = await services.upload_emoji(view.ports, view.actor, command)
    except (Invalid, TooLarge) as error:
        form = Form.rejected(typed(values, FIELDS), error, FIELDS)
        return await _manage(view, form, status=error.status)
    flash(request, view.translate(":%(code)s: is there.", code=made.shortcode))
    return see_other(PATH)


@post(f"{PATH}/archive")
async def upload_many(request: Request[Any, Any, Any]) -> Sendable:
    """Offer the pictures of an archive, and say what became of each."""
    values, files = await sent_form_with_files(request)
    view = await admin_view(request, PERMISSION)
    command = services.UploadEmojis(
        data=files.get("archive", b""),
        category=values.get("archive_category", ""),
        replace=bool(values.get("replace")),
    )
    try:
        report = await services.upload_emojis(view.ports, view.actor, command)
    except (Invalid, TooLarge) as error:
        if isinstance(error, Invalid) and "category" in error.fields:
            error = Invalid(fields={"archive_category": error.fields["category"]})
        form = Form.rejected(typed(values, ARCHIVE_FIELDS), error, ARCHIVE_FIELDS)
        return await _manage(view, archive=form, status=error.status)
    return await _manage(view, report=report)


@get(f"{PATH}/{{shortcode:str}}")
async def edit(request: Request[Any, Any, Any], shortcode: FromPath[str]) -> Sendable:
    """One emoji with what can be changed of it."""
    view = await admin_view(request, PERMISSION)
    emoji = await services.read_emoji(view.ports, view.actor, shortcode)
    values = {"category": emoji.category}
    values |= {name: "1" if getattr(emoji, name) else "" for name in ("visible_in_picker", "disabled")}
    return await _edit(view, emoji, Form(values))


@post(f"{PATH}/{{shortcode:str}}")
async def save(request: Request[Any, Any, Any], shortcode: FromPath[str]) -> Sendable:
    """Change everything about it but its picture."""
    values = await sent_form(request)
    view = await admin_view(request, PERMISSION)
    command = services.EditEmoji(
        shortcode=shortcode,
        category=values.get("category", ""),
        visible_in_picker=bool(values.get("visible_in_picker")),
        disabled=bool(values.get("disabled")),
    )
    try:
        await services.edit_emoji(view.ports, view.actor, command)
    except Invalid as error:
        emoji = await services.read_emoji(view.ports, view.actor, shortcode)
        return await _edit(view, emoji, Form.rejected(values, error, ("category",)), error.status)
    flash(request, view.translate("The emoji is changed."))
    return see_other(PATH)


@post(f"{PATH}/{{shortcode:str}}/delete")
async def delete(request: Request[Any, Any, Any], shortcode: FromPath[str]) -> Sendable:
    """Offer it no longer."""
    await sent_form(request)
    view = await admin_view(request, PERMISSION)
    gone = await services.delete_emoji(view.ports, view.actor, services.EmojiCommand(shortcode=shortcode))
    flash(request, view.translate(":%(code)s: is gone.", code=gone.shortcode))
    return see_other(PATH)


async def _manage(
    view: View,
    form: Form | None = None,
    *,
    archive: Form | None = None,
    report: services.ArchiveReport | None = None,
    status: int = 200,
) -> Answer:
    main = view.web.render(
        "web/admin/emojis.html",
        view.locale,
        emojis=await list_emojis(view.ports, view.actor),
        form=form or Form({"visible_in_picker": "1"}, fields=FIELDS),
        archive=archive or Form(fields=ARCHIVE_FIELDS),
        report=report,
        accept=accepted(view) and ",".join(services.TYPES),
        kilobytes=EMOJI_BYTES >> 10,
        files_max=ARCHIVE_FILES,
        csrf=view.csrf,
    )
    return await answer_tab(view, "emojis", main, status)


async def _edit(view: View, emoji: CustomEmoji, form: Form, status: int = 200) -> Answer:
    main = view.web.render(
        "web/admin/emoji.html", view.locale, emoji=emoji, form=form, path=PATH, csrf=view.csrf
    )
    return await answer_tab(view, "emojis", main, status)


HANDLERS = (overview, manage, upload, upload_many, edit, save, delete)
