"""What taking any file stands on: the row that holds its place, who can read it, and removing its files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterator, Sequence

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Conflict, Invalid, MicroblogError, TooLarge, Unavailable
from microblog_core.domain.media import (
    CENTRE,
    Attachment,
    Focus,
    MediaState,
    large_key,
    media_key,
    small_key,
    stem_of,
)
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.patterns.decorators import rate_limited, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.media import MediaProcessor, ProcessedMedia, Purpose
from microblog_core.ports.operations import Job
from microblog_core.services.media_usage import refuse_for_room

REMOVE_FILES_JOB = "media.remove_files"
RENDER_SECONDS = 30.0
LINGER_MILLISECONDS = 600_000
"""How long the files of what was deleted while it was processed wait: longer than processing may take."""

logger = logging.getLogger(__name__)


class FilesJob(msgspec.Struct, frozen=True):
    """The payload of `REMOVE_FILES_JOB`: keys in the blob store."""

    keys: tuple[str, ...]


class Render(msgspec.Struct, frozen=True, kw_only=True):
    """A file, as it was sent, to be made a picture at once, cropped around `focus` where the purpose asks for
    it; with `preview` a small one, with `still` one that doesn't move beside it, with `small` a small one
    beside it (`domain.media.small_key`) where that saves anything.
    """

    data: bytes
    purpose: Purpose
    focus: Focus = CENTRE
    preview: bool = False
    still: bool = False
    small: bool = False


class Rendered(msgspec.Struct, frozen=True):
    """A picture that was stored and belongs to nothing yet. `reserved` is the row that holds its place:
    should this process die, it goes after a day, with the file. `still_key` is the picture that doesn't move,
    or the small one, if one was wanted; `size` is that of all files in bytes.
    """

    key: str
    width: int
    height: int
    reserved: Attachment
    still_key: str = ""
    size: int = 0


@rate_limited("upload", limit=60, per=1800)
async def render(ports: Ports, actor: Actor, command: Render) -> Rendered:
    """Make a picture and store it. Raises as `make_rendition`, and `RateLimited`."""
    return await make_rendition(ports, actor, command)


@retried("id")
async def make_rendition(ports: Ports, actor: Actor, command: Render) -> Rendered:
    """Make a picture and store it. Raises `Invalid` (field `file`), `TooLarge`; of what is refused nothing is
    kept.
    """
    reserved = reserved_for(ports, require_account(actor), command.data)
    processor = processor_for(ports, command.data)
    await reserve(ports, reserved)
    try:
        async with asyncio.timeout(RENDER_SECONDS):
            made = await processor.process(command.data, command.purpose, command.focus)
        picture = made.preview if command.preview else made.picture
        key, still_key = _keys(reserved.stem, command, made)
        await ports.blobs.put(key, picture.data, picture.content_type)
        size = len(picture.data)
        if still_key:
            await ports.blobs.put(still_key, made.preview.data, made.preview.content_type)
            size += len(made.preview.data)
    except TimeoutError:
        await discard(ports, reserved)
        raise Invalid(fields={"file": "This picture takes too long. Use a smaller one."}) from None
    except Exception as error:
        await discard(ports, reserved)
        if isinstance(error, MicroblogError):
            raise
        logger.exception("media processor %s failed", processor.name)
        raise Unavailable("Pictures can't be processed now.", hint="Try again later.") from error
    # Nothing is written under its other names any more: who discards it need not wait.
    stored = msgspec.structs.replace(reserved, state=MediaState.READY, key=key, preview_key=still_key)
    return Rendered(key, picture.width, picture.height, stored, still_key, size)


def _keys(stem: str, command: Render, made: ProcessedMedia) -> tuple[str, str]:
    """Where the picture goes, and the one beside it, empty for none."""
    if command.preview:
        return media_key(stem, made.preview.content_type, preview=True), ""
    beside = media_key(stem, made.preview.content_type, preview=True)
    if command.still:
        return media_key(stem, made.picture.content_type), beside
    large = large_key(stem, made.picture.content_type)
    saves = len(made.preview.data) < len(made.picture.data)
    if command.small and saves and beside == small_key(large):
        return large, beside
    return media_key(stem, made.picture.content_type), ""


async def reserve(ports: Ports, upload: Attachment) -> None:
    """Write the row that holds an upload's place. Raises `Invalid` (field `file`) where there is no room for
    it any more.
    """
    unit = ports.unit()
    unit.media.add(upload, ports.limits.media)
    try:
        await unit.commit()
    except Conflict as conflict:
        await refuse_for_room(ports, upload.account_id, upload.size, conflict)


@contextlib.contextmanager
def at_field(name: str) -> Iterator[None]:
    """Say of a file that is refused which one it is."""
    try:
        yield
    except Invalid as error:
        fields = {name if field == "file" else field: told for field, told in error.fields.items()}
        raise Invalid(error.message, fields=fields, hint=error.hint, code=error.code) from error


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
    return job_of(ports, REMOVE_FILES_JOB, key, FilesJob(tuple(keys)), delay)


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
    return Attachment(id=ports.ids.at(now), account_id=account.id, stem=stem, size=len(data), created_at=now)


def job_of(ports: Ports, kind: str, key: str, payload: msgspec.Struct, delay: int = 0) -> Job:
    """A job that is due after so many milliseconds."""
    now = ports.clock.now()
    return Job(
        id=ports.ids.at(now),
        kind=kind,
        key=key,
        payload=msgspec.json.encode(payload),
        due_at=now + delay,
        created_at=now,
    )
