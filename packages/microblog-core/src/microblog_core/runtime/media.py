"""The jobs of media: make pictures out of uploads, and remove files.

Each may be run again at any point: names of files follow from the row, and the row changes once.
"""

from __future__ import annotations

import logging

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.events import MediaProcessed
from microblog_core.domain.media import (
    Attachment,
    MediaState,
    media_key,
)
from microblog_core.ports.context import Ports
from microblog_core.ports.media import ProcessedMedia, Rendition
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import RetryPolicy
from microblog_core.services.media import MediaJob
from microblog_core.services.uploads import FilesJob, processor_for, remove_files

PROCESS_SECONDS = 120.0
PROCESS_RETRY = RetryPolicy(tries=5, first_delay=1.0, max_delay=60.0)

logger = logging.getLogger(__name__)


async def process_media(ports: Ports, job: Job) -> None:
    """Make the picture of an upload, and tell what became of it."""
    wanted = msgspec.json.decode(job.payload, type=MediaJob)
    media_id = wanted.media_id
    upload = await ports.storage.media.get(media_id)
    if upload is None or upload.state is not MediaState.PROCESSING:
        return
    try:
        data = await ports.blobs.get(upload.original_key)
        made = await processor_for(ports, data).process(data, "attachment")
        if wanted.thumbnail:
            made = msgspec.structs.replace(made, preview=await _own_preview(ports, upload))
        finished = await store_made(ports, upload, made)
    except Invalid as error:
        finished = _failed(upload, error.fields.get("file", error.fields.get("thumbnail", error.message)))
    except NotFound:
        finished = _failed(upload, "The upload was lost. Upload it again.")
    except Exception:
        if job.attempts < PROCESS_RETRY.tries:
            raise
        logger.exception("The upload %s could not be processed", media_id)
        finished = _failed(upload, "This file can't be processed.")
    now = ports.clock.now()
    unit = ports.unit()
    unit.media.finish(finished)
    unit.outbox.add(
        remove_files(ports, f"{media_id}:original", (upload.original_key, upload.original_preview_key))
    )
    unit.emit(MediaProcessed(id=ports.ids.at(now), at=now, media_id=media_id, account_id=upload.account_id))
    try:
        await unit.commit()
    except Conflict:
        # Deleted meanwhile; or another run was quicker, and its files have the same names.
        if await ports.storage.media.get(media_id) is None:
            await _remove(ports, finished.file_keys())


async def _own_preview(ports: Ports, upload: Attachment) -> Rendition:
    """The preview out of the one that the uploader sent along. Raises `Invalid` (field `thumbnail`)."""
    data = await ports.blobs.get(upload.original_preview_key)
    try:
        return (await processor_for(ports, data).process(data, "attachment")).preview
    except Invalid as error:
        told = error.fields.get("file", error.message)
        raise Invalid(fields={"thumbnail": f"The thumbnail can't be used: {told}"}) from error


async def store_made(ports: Ports, upload: Attachment, made: ProcessedMedia) -> Attachment:
    """Store the files that were made of an upload; the medium as it is when that is written, too."""
    picture, preview = made.picture, made.preview
    key = media_key(upload.stem, picture.content_type)
    preview_key = media_key(upload.stem, preview.content_type, preview=True)
    await ports.blobs.put(key, picture.data, picture.content_type)
    await ports.blobs.put(preview_key, preview.data, preview.content_type)
    return msgspec.structs.replace(
        upload,
        kind=made.kind,
        state=MediaState.READY,
        content_type=picture.content_type,
        key=key,
        preview_key=preview_key,
        width=picture.width,
        height=picture.height,
        preview_width=preview.width,
        preview_height=preview.height,
        blurhash=made.blurhash,
        size=len(picture.data),
    )


def _failed(upload: Attachment, error: str) -> Attachment:
    return msgspec.structs.replace(upload, state=MediaState.FAILED, error=error, size=0)


async def remove_media_files(ports: Ports, job: Job) -> None:
    """Remove the files that a job names."""
    await _remove(ports, msgspec.json.decode(job.payload, type=FilesJob).keys)


async def _remove(ports: Ports, keys: tuple[str, ...]) -> None:
    for key in keys:
        await ports.blobs.delete(key)
