"""Blob stores with a fault each."""

from __future__ import annotations

import asyncio

from microblog_core.domain.errors import NotFound, Unavailable
from microblog_core.memory.blobs import MemoryBlobs
from microblog_core.ports.blobs import Blob
from microblog_core.testing.blob_suite import BlobStoreSuite
from microblog_core.testing.planted import Planted


class LosesZeros(MemoryBlobs):
    async def put(self, key, data, content_type):
        await super().put(key, data.replace(b"\0", b""), content_type)


class InOnePiece(MemoryBlobs):
    async def stream(self, key):
        data = await self.get(key)

        async def whole():
            yield data

        return Blob(len(data), whole())


class KeepsTheFirst(MemoryBlobs):
    async def put(self, key, data, content_type):
        if key not in self.files:
            await super().put(key, data, content_type)


class KeepsTheLastPiece(MemoryBlobs):
    async def put_stream(self, key, chunks, size, content_type):
        data = b""
        async for chunk in chunks:
            data = chunk
        await self.put(key, data, content_type)


class TakesWhatCame(MemoryBlobs):
    async def put_stream(self, key, chunks, size, content_type):
        await self.put(key, b"".join([chunk async for chunk in chunks]), content_type)


class WritesInParts(MemoryBlobs):
    async def put(self, key, data, content_type):
        await super().put(key, b"", content_type)
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            self.files[key] += part
            await asyncio.sleep(0)


class DeletesOnce(MemoryBlobs):
    async def delete(self, key):
        if key not in self.files:
            raise NotFound("There is no such file.")
        await super().delete(key)


class DeletesAll(MemoryBlobs):
    async def delete(self, key):
        self.files.clear()


class TakesAnyKey(MemoryBlobs):
    async def put(self, key, data, content_type):
        self.files[key] = data


class HasOneAddress(MemoryBlobs):
    def url(self, key):
        return "/media/file"


class IsNeverWell(MemoryBlobs):
    async def ping(self):
        raise Unavailable("It does not feel well.")


PLANTED = (
    Planted(
        suite=BlobStoreSuite,
        fixture="blobs",
        sound=MemoryBlobs,
        faults={
            "test_what_was_put_comes_back_whole": [LosesZeros],
            "test_a_large_file_comes_in_pieces": [InOnePiece],
            "test_the_same_key_again_replaces_the_file": [KeepsTheFirst],
            "test_a_file_that_came_in_pieces_comes_back_whole": [KeepsTheLastPiece],
            "test_of_a_file_that_breaks_off_nothing_is_stored": [TakesWhatCame],
            "test_of_writers_at_the_same_time_one_wins_whole": [WritesInParts],
            "test_a_deleted_file_is_not_found_and_others_stay": [DeletesOnce, DeletesAll],
            "test_what_is_no_key_leads_nowhere": [TakesAnyKey],
            "test_it_says_where_a_browser_finds_a_file_and_whether_it_is_well": [HasOneAddress, IsNeverWell],
        },
    ),
)
