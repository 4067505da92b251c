"""The pictures of a form: upload the new ones, describe, move and drop those that came with it before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from microblog_core.domain.errors import Invalid, NotFound, TooLarge
from microblog_core.domain.media import Attachment, Focus, focus_from
from microblog_core.services.media import EditMedia, UploadMedia, describe_media, upload_media
from microblog_web.compositions import DESCRIPTIONS, PICTURES, usable_media
from microblog_web.views import View


async def take_pictures(
    view: View, values: Mapping[str, str], files: Mapping[str, bytes], media_ids: list[int]
) -> None:
    """Do with the pictures what a form says; `media_ids` are those that it carries along, and grow by each
    that is uploaded. Raises `Invalid` with the field of the form, `TooLarge`, `RateLimited`.
    """
    for each in await usable_media(view, media_ids):
        await _describe(view, each, values)
    for picture, description in zip(PICTURES, DESCRIPTIONS, strict=True):
        if picture not in files:
            continue
        command = UploadMedia(data=files[picture], description=values.get(description, ""))
        try:
            with _at({"file": picture, "description": description}):
                media_ids.append((await upload_media(view.ports, view.actor, command)).id)
        except TooLarge as error:
            raise TooLarge(error.message, hint=error.hint) from error


async def _describe(view: View, attachment: Attachment, values: Mapping[str, str]) -> None:
    about = f"about_{attachment.id}"
    description = values.get(about, attachment.description)
    with _at({"description": about, "focus": about}):
        focus = focus_of(values, attachment)
        if (description, focus) == (attachment.description, attachment.focus):
            return
        command = EditMedia(media_id=attachment.id, description=description, focus=focus)
        try:
            await describe_media(view.ports, view.actor, command)
        except NotFound as error:
            raise Invalid(fields={"media_ids": error.message}) from error


def focus_of(values: Mapping[str, str], attachment: Attachment) -> Focus:
    """What stays in sight of a picture, as the form says. Raises `Invalid` with the field `focus`."""
    text = values.get(f"focus_{attachment.id}", "")
    return focus_from(text) if text else attachment.focus


@contextmanager
def _at(names: Mapping[str, str]) -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        fields = {names.get(name, name): text for name, text in error.fields.items()}
        raise Invalid(error.message, fields=fields, hint=error.hint, code=error.code) from error
