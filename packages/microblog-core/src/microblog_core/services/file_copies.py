"""Copying the files of a site from one blob store to another. What there is the database knows, and plugins
that keep pictures.

What is there already with the same size is left alone, so that a copy that broke off goes on, and one that is
made again takes only what came meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from microblog_core.domain.archives import ExportState
from microblog_core.domain.errors import NotFound
from microblog_core.domain.media import MediaState, served_type, small_key
from microblog_core.domain.timelines import PAGE_MAX, Page
from microblog_core.ports.blobs import BlobStore
from microblog_core.ports.context import Ports

AT_ONCE = 8
BATCH = 500
EVER = 1 << 62
OTHER_TYPE = "application/octet-stream"
MISSING_TOLD = 20
"""So many keys of missing files are told; all are counted."""


class Stored(msgspec.Struct, frozen=True):
    """A key under which there is a file; there may be none where it isn't `expected`."""

    key: str
    expected: bool = True


class Copied(msgspec.Struct, kw_only=True):
    """What became of the files: copied anew (`bytes` altogether), there already, or not in the source; the
    `keys` of some of these.
    """

    copied: int = 0
    bytes: int = 0
    present: int = 0
    missing: int = 0
    keys: list[str] = []


async def copy_files(
    ports: Ports, source: BlobStore, target: BlobStore, advance: Callable[[int], None] = lambda count: None
) -> Copied:
    """Copy all files, several at a time; `advance` is told how many were dealt with. Raises `Unavailable`
    when a store doesn't answer: what was copied stays.
    """
    told, waiting = Copied(), asyncio.Queue[Stored | None](AT_ONCE)

    async def work() -> None:
        while (stored := await waiting.get()) is not None:
            await _copy(source, target, stored, told)
            advance(1)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
            async for stored in stored_files(ports):
                await waiting.put(stored)
            for _ in range(AT_ONCE):
                await waiting.put(None)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return told


async def count_files(ports: Ports) -> int:
    """How many keys there are."""
    return sum([1 async for _ in stored_files(ports)])


async def stored_files(ports: Ports) -> AsyncIterator[Stored]:
    """Every key under which the database says that there is a file, or may be one."""
    after = 0
    while media := await ports.storage.media.after(after, BATCH):
        after = media[-1].id
        for each in media:
            shown = (each.key, each.preview_key) if each.state is MediaState.READY else ()
            for key in each.file_keys():
                yield Stored(key, key in shown)
    async for key in _pictures_of_accounts(ports):
        yield Stored(key)
    for emoji in await ports.storage.announcements.emojis():
        for key in {emoji.picture_key, emoji.static_key}:
            yield Stored(key)
    for export in await ports.storage.archives.old_exports(EVER, EVER):
        yield Stored(export.key, export.state is ExportState.READY)
    for item in await ports.storage.archives.old_imports(EVER, EVER):
        yield Stored(item.key, not item.ended)
    async for key in ports.link_previews.files():
        yield Stored(key)


async def _pictures_of_accounts(ports: Ports) -> AsyncIterator[str]:
    older: int | None = EVER
    while older is not None:
        accounts = await ports.storage.accounts.page(Page(limit=PAGE_MAX, max_id=older))
        older = accounts.older
        for account in accounts.items:
            for key in filter(None, (account.avatar, account.header)):
                for one in {key, small_key(key)}:
                    yield one


async def _copy(source: BlobStore, target: BlobStore, stored: Stored, told: Copied) -> None:
    try:
        blob = await source.stream(stored.key)
    except NotFound:
        if stored.expected:
            told.missing += 1
            told.keys = [*told.keys, stored.key][:MISSING_TOLD]
        return
    try:
        if await _size_of(target, stored.key) == blob.size:
            told.present += 1
            return
        kind = served_type(stored.key) or OTHER_TYPE
        await target.put_stream(stored.key, blob.chunks, blob.size, kind)
    finally:
        await _close(blob.chunks)
    told.copied += 1
    told.bytes += blob.size


async def _size_of(store: BlobStore, key: str) -> int:
    try:
        blob = await store.stream(key)
    except NotFound:
        return -1
    await _close(blob.chunks)
    return blob.size


async def _close(chunks: AsyncIterator[bytes]) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()
