"""The job of an export: everything of an account in one archive, a page of it in memory at a time."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import IO, Any, TypeVar

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import ExportState
from microblog_core.domain.errors import Conflict, NotFound
from microblog_core.domain.posts import Entry, Marked
from microblog_core.domain.timelines import PAGE_MAX, Listing, Page
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import FinishExport, Job
from microblog_core.ports.queue import RetryPolicy
from microblog_core.runtime.archives.activities import (
    activity_of,
    collection,
    media_name,
    person_of,
    post_uri,
)
from microblog_core.services.exports import ExportJob

EXPORT_RETRY = RetryPolicy(tries=3, first_delay=60.0, max_delay=600.0)
EXPORT_SECONDS = 6 * 3600.0
_CHUNK = 256 << 10

T = TypeVar("T", Entry, Marked)
Told = Callable[[int], None]
logger = logging.getLogger(__name__)


async def run_export(ports: Ports, job: Job) -> None:
    """Write the archive that a job names, and put it where it can be downloaded."""
    export_id = msgspec.json.decode(job.payload, type=ExportJob).export_id
    export = await ports.storage.archives.export(export_id)
    if export is None or export.state is not ExportState.WAITING:
        return
    try:
        account = await ports.storage.accounts.get(export.account_id)
        if account is None:
            return
        with tempfile.TemporaryFile() as file:
            posts = await write_archive(ports, account, file)
            size = file.tell()
            await ports.blobs.put_stream(export.key, _chunks(file), size, "application/zip")
        finished = FinishExport(
            export_id=export_id, state=ExportState.READY, size=size, posts=posts, at=ports.clock.now()
        )
    except Exception:
        if job.attempts < EXPORT_RETRY.tries:
            raise
        logger.exception("The export %s failed", export_id)
        finished = FinishExport(
            export_id=export_id,
            state=ExportState.FAILED,
            at=ports.clock.now(),
            error="The archive could not be written.",
        )
    unit = ports.unit()
    unit.apply(finished)
    try:
        await unit.commit()
    except Conflict:
        # Somebody else was quicker: the file has the same name.
        logger.info("The export %s was finished already", export_id)


async def write_archive(ports: Ports, account: Account, file: IO[bytes], told: Told | None = None) -> int:
    """Write everything of an account as a .zip into an open file; how many posts and boosts are in it.
    `told` hears of each that is done.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        await _write_person(ports, account, archive)
        posts = await _write_collection(
            archive,
            "outbox.json",
            _ascending(lambda page: _posts_of(ports, account, page), lambda entry: entry.id),
            lambda entry: activity_of(ports.base_url, account, entry),
            told,
        )
        for name, read in (
            ("likes.json", ports.storage.marks.favourites),
            ("bookmarks.json", ports.storage.marks.bookmarks),
        ):
            marked = _ascending(_marked_of(read, account), lambda mark: mark.id)
            await _write_collection(archive, name, marked, lambda mark: _uri(ports, mark.entry), None)
        await _write_media(ports, account, archive)
    return posts


async def _posts_of(
    ports: Ports, account: Account, page: Page, *, only_media: bool = False
) -> Listing[Entry]:
    return await ports.storage.timelines.account_posts(account.id, account.id, page, only_media=only_media)


def _marked_of(
    read: Callable[[int, Page], Awaitable[Listing[Marked]]], account: Account
) -> Callable[[Page], Awaitable[Listing[Marked]]]:
    return lambda page: read(account.id, page)


def _uri(ports: Ports, entry: Entry) -> str:
    return post_uri(ports.base_url, entry.post, entry.author)


async def _ascending(
    read: Callable[[Page], Awaitable[Listing[T]]], id_of: Callable[[T], int]
) -> AsyncIterator[tuple[T, ...]]:
    """The pages of a listing from its end: the oldest first."""
    after = 0
    while True:
        items = (await read(Page(limit=PAGE_MAX, min_id=after))).items
        if not items:
            return
        yield items[::-1]
        after = id_of(items[0])


async def _write_collection(
    archive: zipfile.ZipFile,
    name: str,
    pages: AsyncIterator[tuple[T, ...]],
    shape: Callable[[T], Any],
    told: Told | None,
) -> int:
    head, tail = collection(name)
    count = 0
    with archive.open(name, "w", force_zip64=True) as output:
        output.write(head)
        async for page in pages:
            body = b",\n".join([msgspec.json.encode(shape(item)) for item in page])
            await asyncio.to_thread(output.write, (b",\n" if count else b"") + body)
            count += len(page)
            if told is not None:
                told(len(page))
        output.write(tail % count)
    return count


async def _write_person(ports: Ports, account: Account, archive: zipfile.ZipFile) -> None:
    names = {}
    for place in ("avatar", "header"):
        key: str = getattr(account, place)
        name = f"{place}.{key.rpartition('.')[2]}"
        names[place] = name if key and await _write_blob(ports, archive, name, key) else ""
    person = person_of(ports.base_url, account, names["avatar"], names["header"])
    archive.writestr("actor.json", msgspec.json.encode(person))


async def _write_media(ports: Ports, account: Account, archive: zipfile.ZipFile) -> None:
    async def read(page: Page) -> Listing[Entry]:
        return await _posts_of(ports, account, page, only_media=True)

    async for entries in _ascending(read, lambda entry: entry.id):
        for entry in entries:
            for attachment in entry.post.attachments:
                await _write_blob(ports, archive, media_name(attachment), attachment.key)


async def _write_blob(ports: Ports, archive: zipfile.ZipFile, name: str, key: str) -> bool:
    """Put a file of the blob store into the archive, piece by piece; False where it is gone."""
    try:
        blob = await ports.blobs.stream(key)
    except NotFound:
        logger.warning("The file %s is gone; it is left out of an export", key)
        return False
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    with archive.open(member, "w", force_zip64=True) as output:
        async for piece in blob.chunks:
            await asyncio.to_thread(output.write, piece)
    return True


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while chunk := await asyncio.to_thread(file.read, _CHUNK):
        yield chunk
