"""All files of a site go to another store, once, and nothing else does."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.announcements import CustomEmoji
from microblog_core.domain.archives import Export, ExportState, Import, ImportKind
from microblog_core.domain.errors import Unavailable
from microblog_core.domain.media import MediaState, small_key
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.ports.operations.announcements import PutEmoji
from microblog_core.ports.operations.archives import AddExport, AddImport, FinishExport
from microblog_core.services.file_copies import AT_ONCE, BATCH, copy_files, count_files, stored_files


def key(letter, extension="webp", name=""):
    return f"ab/{letter * 30}{name}.{extension}"


@pytest.fixture
async def files(world):
    """Everything of which there can be a file; the keys that there must be."""
    build = world.build
    ada = await build.account("ada", avatar=key("1", name="-large"), header=key("2"))
    await build.account("bob", avatar=key("3", "gif"))
    ready = await build.medium(ada)
    waiting = await build.medium(ada, state=MediaState.PROCESSING)
    await build.medium(ada, state=MediaState.FAILED)
    await build.apply(
        PutEmoji(emoji=CustomEmoji(shortcode="owl", picture_key=key("4", "gif"), static_key=key("5")))
    )
    now = build.clock.now()
    made = Export(
        id=build.next_id(), account_id=ada.id, key=key("6", "archive"), created_at=now, expires_at=now
    )
    await build.apply(AddExport(export=made))
    await build.apply(FinishExport(export_id=made.id, state=ExportState.READY, at=now))
    brought = Import(
        id=build.next_id(),
        account_id=ada.id,
        kind=ImportKind.ARCHIVE,
        key=key("7", "archive"),
        created_at=now,
    )
    await build.apply(AddImport(item=brought))
    keys = {ada.avatar, small_key(ada.avatar), ada.header, key("3", "gif"), ready.key, ready.preview_key}
    keys |= {waiting.original_key, key("4", "gif"), key("5"), made.key, brought.key}
    for each in keys:
        await world.ports.blobs.put(each, each.encode(), "")
    return keys


async def test_every_file_that_the_site_knows_is_copied(world, files):
    await world.ports.blobs.put(key("9"), b"of nobody", "")
    target, done = MemoryBlobs(), []
    told = await copy_files(world.ports, world.ports.blobs, target, done.append)
    assert target.files == {each: each.encode() for each in files}
    assert (told.copied, told.present, told.missing) == (len(files), 0, 0)
    assert told.bytes == sum(map(len, files))
    assert sum(done) == await count_files(world.ports)


async def test_a_second_copy_takes_only_what_is_new_or_of_another_size(world, files):
    target = MemoryBlobs()
    await copy_files(world.ports, world.ports.blobs, target)
    first, *_ = sorted(files)
    target.files[first] = b"half"
    told = await copy_files(world.ports, world.ports.blobs, target)
    assert (told.copied, told.present) == (1, len(files) - 1)
    assert target.files[first] == first.encode()


async def test_what_must_be_there_and_is_not_is_told(world, files):
    await world.ports.blobs.delete(key("2"))
    await world.ports.blobs.delete(next(each for each in files if each.endswith(".original")))
    told = await copy_files(world.ports, world.ports.blobs, MemoryBlobs())
    # What waits to be processed may have been processed meanwhile.
    assert (told.missing, told.keys, told.copied) == (1, [key("2")], len(files) - 2)


async def test_of_many_media_and_people_none_is_forgotten(world):
    ada = await world.build.account("ada")
    for number in range(90):
        await world.build.account(f"person{number}", avatar=key("8"))
    made = [await world.build.medium(ada) for _ in range(BATCH + 1)]
    found = [stored.key async for stored in stored_files(world.ports) if stored.expected]
    assert {each.key for each in made} <= {*found}
    assert found.count(key("8")) == 90


async def test_a_store_that_stops_ends_the_copy_and_what_was_copied_stays(world, files):
    class Full(MemoryBlobs):
        async def put_stream(self, key, chunks, size, content_type):
            if len(self.files) == 3:
                raise Unavailable("It is full.")
            await super().put_stream(key, chunks, size, content_type)

    target = Full()
    with pytest.raises(Unavailable, match="full"):
        await copy_files(world.ports, world.ports.blobs, target)
    assert len(target.files) == 3


async def test_several_are_copied_at_a_time_and_never_more(world, files):
    class Counting(MemoryBlobs):
        now = most = 0

        async def put_stream(self, key, chunks, size, content_type):
            self.now += 1
            self.most = max(self.most, self.now)
            for _ in range(AT_ONCE):
                await asyncio.sleep(0)
            await super().put_stream(key, chunks, size, content_type)
            self.now -= 1

    target = Counting()
    await copy_files(world.ports, world.ports.blobs, target)
    assert 1 < target.most <= AT_ONCE
