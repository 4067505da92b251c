"""Previews of one's own choice for pictures that belong to no post yet."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import Attachment, MediaState
from microblog_core.domain.permissions import Actor
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import SetPreview
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.uploads import Render, Rendered, at_field, remove_files, render


class Preview(msgspec.Struct, frozen=True):
    """A preview that was stored for a picture, which does not have it yet."""

    picture: Attachment
    made: Rendered


async def make_preview(ports: Ports, actor: Actor, wanted: tuple[Attachment, bytes]) -> Preview:
    """Store a preview for a picture. Raises `Invalid` (field `thumbnail`), `TooLarge`, `RateLimited`."""
    picture, data = wanted
    if picture.state is not MediaState.READY:
        raise Invalid(fields={"thumbnail": "The picture is still processed. Try again in a moment."})
    with at_field("thumbnail"):
        made = await render(ports, actor, Render(data=data, purpose="attachment", preview=True))
    return Preview(picture, made)


def put_preview(ports: Ports, unit: UnitOfWork, preview: Preview) -> None:
    """Give the picture its preview, in this unit; the one before is removed."""
    picture, made = preview.picture, preview.made
    unit.apply(
        SetPreview(
            media_id=picture.id,
            account_id=picture.account_id,
            key=made.key,
            width=made.width,
            height=made.height,
        )
    )
    unit.media.delete(made.reserved.id)
    if picture.preview_key:
        unit.outbox.add(remove_files(ports, picture.preview_key, (picture.preview_key,)))
