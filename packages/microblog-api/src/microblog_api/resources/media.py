"""Media: upload pictures for statuses, look how far they are, describe and delete them
(https://docs.joinmastodon.org/methods/media/).
"""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Upload
from microblog_api.endpoints import Call, delete, get, post, put
from microblog_api.entities import Empty, MediaAttachment
from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import CENTRE, Focus, MediaState, focus_from
from microblog_core.services import media

PATIENT_SECONDS = 25.0
"""How long version 1 waits for a picture: it has no other answer than one that is ready."""


class NewMedia(msgspec.Struct, frozen=True):
    """A picture to upload, and maybe one to show small in its place. `focus` is `x,y`, each from -1 to 1."""

    file: Upload
    thumbnail: Upload | None = None
    description: str = ""
    focus: str = ""


class DescribedMedia(msgspec.Struct, frozen=True):
    """What to change of a picture; what is not given stays."""

    thumbnail: Upload | None = None
    description: str | None = None
    focus: str | None = None


def focus_of(text: str | None) -> Focus | None:
    """A focus from the wire; None where none is given. Raises `Invalid` with the field `focus`."""
    return focus_from(text) if text else None


@post("/api/v2/media", needs="write:media", answers=(200, 202))
async def upload(call: Call, given: NewMedia) -> MediaAttachment:
    """Upload a picture. The status is 200 with the picture's address, or 202 while it is being processed."""
    return await _uploaded(call, given, media.WAIT_SECONDS)


@post("/api/v1/media", needs="write:media")
async def upload_v1(call: Call, given: NewMedia) -> MediaAttachment:
    """Upload a picture, and wait until it is there."""
    attachment = await _uploaded(call, given, PATIENT_SECONDS)
    call.status = 200
    return attachment


async def _uploaded(call: Call, given: NewMedia, wait: float) -> MediaAttachment:
    command = media.UploadMedia(
        data=given.file.data,
        thumbnail=_data(given.thumbnail),
        description=given.description,
        focus=focus_of(given.focus) or CENTRE,
        wait=wait,
    )
    attachment = await media.upload_media(call.ports, call.actor, command)
    if attachment.state is MediaState.PROCESSING:
        call.status = 202
    return call.present.attachment(attachment)


def _data(sent: Upload | None) -> bytes | None:
    return None if sent is None else sent.data


@get("/api/v1/media/{id:str}", needs="write:media", answers=(200, 206))
async def read(call: Call, given: None) -> MediaAttachment:
    """See how far an own picture is: the status is 206 while it is being processed, 200 when it is there."""
    attachment = await media.read_media(call.ports, call.actor, call.id())
    if attachment.state is MediaState.FAILED:
        raise Invalid(fields={"file": attachment.error})
    if attachment.state is MediaState.PROCESSING:
        call.status = 206
    return call.present.attachment(attachment)


@put("/api/v1/media/{id:str}", needs="write:media")
async def describe(call: Call, given: DescribedMedia) -> MediaAttachment:
    """Describe an own picture that belongs to no status yet, or give it another preview."""
    command = media.EditMedia(
        media_id=call.id(),
        thumbnail=_data(given.thumbnail),
        description=given.description,
        focus=focus_of(given.focus),
    )
    return call.present.attachment(await media.describe_media(call.ports, call.actor, command))


@delete("/api/v1/media/{id:str}", needs="write:media")
async def remove(call: Call, given: None) -> Empty:
    """Delete an own picture that belongs to no status."""
    await media.delete_media(call.ports, call.actor, media.RemoveMedia(media_id=call.id()))
    return Empty()


ENDPOINTS = (upload, upload_v1, read, describe, remove)
