"""Media: upload pictures, describe and remove them. Those of accounts are in `pictures`.

An upload is a row first, then a file, then a durable job; only then it is acknowledged. Whatever dies in
between leaves a row that belongs to no post, and after a day the row goes with every file that it may have
made. So no file is ever without a row, but for those of accounts, which take theirs over in one transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict, Invalid, MicroblogError, NotFound, TooLarge
from microblog_core.domain.events import MediaProcessed
from microblog_core.domain.media import (
    ATTACHMENTS_MAX,
    CENTRE,
    Attachment,
    Focus,
    MediaState,
    check_description,
    check_focus,
    stem_of,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import authorised, rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.media import MediaProcessor
from microblog_core.ports.operations import DescribeMedia, Job

PROCESS_JOB = "media.process"
REMOVE_FILES_JOB = "media.remove_files"
WAIT_SECONDS = 10.0
"""How long an upload waits for its processing before it is answered as it is."""
POLL_SECONDS = 0.5
LINGER_MILLISECONDS = 600_000
"""How long the files of what was deleted while it was processed wait: longer than processing may take."""

logger = logging.getLogger(__name__)


class UploadMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was sent, in bytes. `wait` is how many seconds to wait for its processing at most."""

    data: bytes
    description: str = ""
    focus: Focus = CENTRE
    wait: float = WAIT_SECONDS


class EditMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A new description and focus for an own picture that belongs to no post; None leaves one."""

    media_id: int
    description: str | None = None
    focus: Focus | None = None


class RemoveMedia(msgspec.Struct, frozen=True, kw_only=True):
    """Delete an own picture that belongs to no post."""

    media_id: int


class MediaJob(msgspec.Struct, frozen=True):
    """The payload of `PROCESS_JOB`."""

    media_id: int


class FilesJob(msgspec.Struct, frozen=True):
    """The payload of `REMOVE_FILES_JOB`: keys in the blob store."""

    keys: tuple[str, ...]


@authorised("media.write")
@rate_limited("upload", limit=60, per=1800)
@retried("id")
async def upload_media(ports: Ports, actor: Actor, command: UploadMedia) -> Attachment:
    """Take an upload and wait a while for its processing: the medium is `ready`, or still `processing`.

    Raises `Invalid` (fields `file`, `description`, `focus`), `TooLarge`, `RateLimited`. Of what is refused
    nothing is kept.
    """
    account = require_account(actor)
    upload = reserved_for(ports, account, command.data)
    upload = msgspec.structs.replace(
        upload, description=check_description(command.description), focus=check_focus(command.focus)
    )
    unit = ports.unit()
    unit.media.add(upload)
    await unit.commit()
    done = asyncio.Event()
    end = ports.bus.subscribe(
        MediaProcessed, lambda event: done.set() if event.media_id == upload.id else None
    )
    try:
        await ports.blobs.put(upload.original_key, command.data, "application/octet-stream")
        unit = ports.unit()
        unit.outbox.add(_job(ports, PROCESS_JOB, str(upload.id), MediaJob(upload.id)))
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

    Raises `NotFound`, `Invalid` (fields `description`, `focus`).
    """
    account = require_account(actor)
    unit = ports.unit()
    unit.apply(
        DescribeMedia(
            media_id=command.media_id,
            account_id=account.id,
            description=None if command.description is None else check_description(command.description),
            focus=None if command.focus is None else check_focus(command.focus),
        )
    )
    try:
        await unit.commit()
    except Conflict as conflict:
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


async def discard(ports: Ports, attachment: Attachment) -> bool:
    """Forget a medium that belongs to no post, and have its files removed. False if it belongs to one."""
    unit = ports.unit()
    unit.media.delete(attachment.id)
    delay = LINGER_MILLISECONDS if attachment.state is MediaState.PROCESSING else 0
    unit.outbox.add(remove_files(ports, str(attachment.id), attachment.file_keys(), delay))
    try:
        await unit.commit()
    except Conflict:
        return await ports.storage.media.get(attachment.id) is None
    return True


def remove_files(ports: Ports, key: str, keys: Sequence[str], delay: int = 0) -> Job:
    """The job that removes files after so many milliseconds; `key` is unique to them."""
    return _job(ports, REMOVE_FILES_JOB, key, FilesJob(tuple(keys)), delay)


def processor_for(ports: Ports, data: bytes) -> MediaProcessor:
    """The processor that takes a file. Raises `Invalid` (field `file`) where there is none."""
    if not ports.processors:
        raise Invalid(
            fields={"file": "This site takes no pictures."},
            hint="It needs the extra 'media' of microblog-plugins.",
        )
    for processor in ports.processors:
        try:
            facts = processor.probe(data)
        except Invalid:
            raise
        except Exception:
            logger.exception("media processor %s failed; it is skipped", processor.name)
            continue
        if facts is not None:
            return processor
    types = dict.fromkeys(each for processor in ports.processors for each in processor.content_types)
    names = ", ".join(each.rpartition("/")[2].upper() for each in types)
    raise Invalid(
        fields={"file": f"This is no picture of a type that can be shown here. Use one of {names}."}
    )


async def attachable(
    ports: Ports, author: Account, media_ids: Sequence[int], post_id: int | None = None
) -> tuple[Attachment, ...]:
    """The media of these ids, for a post of this author (for the post `post_id` where it exists already).

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
        if each.post_id not in (None, post_id):
            raise Invalid(fields={"media_ids": "One of the pictures belongs to another post."})
    return found


def reserved_for(ports: Ports, account: Account, data: bytes) -> Attachment:
    """The row of an upload that may be tried. Raises `Invalid` (field `file`), `TooLarge`."""
    limit = ports.limits.upload_bytes
    if not data:
        raise Invalid(fields={"file": "The file is empty."})
    if len(data) > limit:
        raise TooLarge(
            f"The file is larger than {limit / (1 << 20):.3g} MB.", hint="Make it smaller, then try again."
        )
    processor_for(ports, data)
    now = ports.clock.now()
    stem = stem_of(secrets.token_hex(16))
    return Attachment(id=ports.ids.at(now), account_id=account.id, stem=stem, created_at=now)


def _job(ports: Ports, kind: str, key: str, payload: msgspec.Struct, delay: int = 0) -> Job:
    now = ports.clock.now()
    return Job(
        id=ports.ids.at(now),
        kind=kind,
        key=key,
        payload=msgspec.json.encode(payload),
        due_at=now + delay,
        created_at=now,
    )
