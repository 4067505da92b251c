"""Media: upload pictures, describe and remove them. Those of accounts are in `pictures`.

An upload is a row first, then a file, then a durable job; only then it is acknowledged. Whatever dies in
between leaves a row that belongs to no post, and after a day the row goes with every file that it may have
made. So no file is ever without a row, but for those of accounts, which take theirs over in one transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict, Invalid, MicroblogError, NotFound
from microblog_core.domain.events import MediaProcessed
from microblog_core.domain.media import (
    ATTACHMENTS_MAX,
    CENTRE,
    Attachment,
    Focus,
    MediaState,
    check_description,
    check_focus,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import DescribeMedia
from microblog_core.services.previews import make_preview, put_preview
from microblog_core.services.uploads import at_field, discard, job_of, reserve, reserved_for

PROCESS_JOB = "media.process"
WAIT_SECONDS = 10.0
"""How long an upload waits for its processing before it is answered as it is."""
POLL_SECONDS = 0.5

logger = logging.getLogger(__name__)


class UploadMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was sent, in bytes, and maybe a smaller one to show in its place. `wait` is how many
    seconds to wait for its processing at most.
    """

    data: bytes
    thumbnail: bytes | None = None
    description: str = ""
    focus: Focus = CENTRE
    wait: float = WAIT_SECONDS


class EditMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A new description, focus and preview for an own picture that belongs to no post; None leaves one."""

    media_id: int
    thumbnail: bytes | None = None
    description: str | None = None
    focus: Focus | None = None


class RemoveMedia(msgspec.Struct, frozen=True, kw_only=True):
    """Delete an own picture that belongs to no post."""

    media_id: int


class MediaJob(msgspec.Struct, frozen=True):
    """The payload of `PROCESS_JOB`. `thumbnail`: there is one of the uploader's own."""

    media_id: int
    thumbnail: bool = False


@authorised("media.write")
@rate_limited("upload", limit=60, per=1800)
@retried("id")
async def upload_media(ports: Ports, actor: Actor, command: UploadMedia) -> Attachment:
    """Take an upload and wait a while for its processing: the medium is `ready`, or still `processing`.

    Raises `Invalid` (fields `file`, `thumbnail`, `description`, `focus`), `TooLarge`, `RateLimited`. Of what
    is refused nothing is kept.
    """
    account = require_account(actor)
    if command.thumbnail is not None:
        with at_field("thumbnail"):
            reserved_for(ports, account, command.thumbnail)
    upload = reserved_for(ports, account, command.data)
    upload = msgspec.structs.replace(
        upload, description=check_description(command.description), focus=check_focus(command.focus)
    )
    await reserve(ports, upload)
    done = asyncio.Event()
    end = ports.bus.subscribe(
        MediaProcessed, lambda event: done.set() if event.media_id == upload.id else None
    )
    try:
        await ports.blobs.put(upload.original_key, command.data, "application/octet-stream")
        if command.thumbnail is not None:
            await ports.blobs.put(upload.original_preview_key, command.thumbnail, "application/octet-stream")
        job = MediaJob(upload.id, thumbnail=command.thumbnail is not None)
        unit = ports.unit()
        unit.outbox.add(job_of(ports, PROCESS_JOB, str(upload.id), job))
        await unit.commit()
        stored = await _processed(ports, upload, done, command.wait)
    except MicroblogError:
        await discard(ports, upload)
        raise
    finally:
        end()
    if stored.state is MediaState.FAILED:
        await discard(ports, stored)
        raise Invalid(fields={"file": stored.error})
    return stored


async def _processed(ports: Ports, upload: Attachment, done: asyncio.Event, seconds: float) -> Attachment:
    """The medium once it is processed, or as it is after so many seconds. Raises `NotFound` if it was deleted
    meanwhile.

    Another process may do the work, of which no event tells here: so it is looked at now and then, too.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        left = deadline - loop.time()
        if left > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), min(left, POLL_SECONDS))
        stored = await ports.storage.media.get(upload.id)
        if stored is None:
            raise NotFound("The upload was deleted.")
        if stored.state is not MediaState.PROCESSING or left <= 0:
            return stored


@authorised("media.write")
async def read_media(ports: Ports, actor: Actor, media_id: int) -> Attachment:
    """An own medium, whatever its state. Raises `NotFound`."""
    attachment = await ports.storage.media.get(media_id)
    if attachment is None or attachment.account_id != actor.id:
        raise NotFound("There is no such picture of yours.")
    return attachment


@authorised("media.write")
async def describe_media(ports: Ports, actor: Actor, command: EditMedia) -> Attachment:
    """Describe an own picture that belongs to no post yet; those of a post are described by editing it.

    Raises `NotFound`, `Invalid` (fields `description`, `focus`, `thumbnail`), `TooLarge`.
    """
    account = require_account(actor)
    description = None if command.description is None else check_description(command.description)
    focus = None if command.focus is None else check_focus(command.focus)
    preview = None
    if command.thumbnail is not None:
        shown = await read_media(ports, actor, command.media_id)
        preview = await make_preview(ports, actor, (shown, command.thumbnail))
    unit = ports.unit()
    unit.apply(
        DescribeMedia(
            media_id=command.media_id,
            account_id=account.id,
            description=description,
            focus=focus,
        )
    )
    if preview is not None:
        put_preview(ports, unit, preview)
    try:
        await unit.commit()
    except Conflict as conflict:
        if preview is not None:
            await discard(ports, preview.made.reserved)
        raise NotFound(
            "There is no such picture of yours that belongs to no post.",
            hint="Pictures of a post are described by editing the post.",
        ) from conflict
    return await read_media(ports, actor, command.media_id)


@authorised("media.write")
async def delete_media(ports: Ports, actor: Actor, command: RemoveMedia) -> None:
    """Delete an own picture that belongs to no post. Raises `NotFound`, `Invalid` (it belongs to a post)."""
    attachment = await read_media(ports, actor, command.media_id)
    if not await discard(ports, attachment):
        raise Invalid("This picture belongs to a post.", hint="Edit or delete the post.")


async def attachable(
    ports: Ports,
    author: Account,
    media_ids: Sequence[int],
    post_id: int | None = None,
    scheduled_id: int | None = None,
) -> tuple[Attachment, ...]:
    """The media of these ids, for a post of this author (for the post `post_id` where it exists already, or
    what waited as `scheduled_id`).

    Raises `Invalid` with the field `media_ids`. The storage decides anew when they are attached.
    """
    if len(media_ids) > ATTACHMENTS_MAX:
        raise Invalid(fields={"media_ids": f"Use at most {ATTACHMENTS_MAX} pictures in one post."})
    if len(set(media_ids)) < len(media_ids):
        raise Invalid(fields={"media_ids": "Use each picture once."})
    if not media_ids:
        return ()
    found = tuple(await ports.storage.media.some(media_ids))
    if len(found) < len(media_ids) or any(each.account_id != author.id for each in found):
        raise Invalid(fields={"media_ids": "One of the pictures does not exist. Upload it again."})
    for each in found:
        if each.state is MediaState.PROCESSING:
            raise Invalid(
                fields={"media_ids": "One of the pictures is still processed. Try again in a moment."},
                code="media_processing",
            )
        if each.state is MediaState.FAILED:
            raise Invalid(fields={"media_ids": f"One of the pictures can't be used: {each.error}"})
        if each.scheduled_id not in (None, scheduled_id):
            raise Invalid(fields={"media_ids": "One of the pictures waits with a scheduled post."})
        if each.post_id not in (None, post_id):
            raise Invalid(fields={"media_ids": "One of the pictures belongs to another post."})
    return found
