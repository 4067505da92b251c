"""The contract of blob stores as tests: subclass `BlobStoreSuite`, give it your store, and run pytest.

class TestMyBlobs(BlobStoreSuite):
    @pytest.fixture
    async def blobs(self):
        blobs = MyBlobs(...)   # a fresh, empty one
        yield blobs
        await blobs.close()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from microblog_core.domain.errors import NotFound
from microblog_core.ports.blobs import BlobStore

KEY = f"ab/{'c' * 30}.webp"
OTHER = f"ab/{'d' * 30}-small.webp"
TYPE = "image/webp"
LARGE = 3_000_000
TRICKS = (
    "",
    "/",
    "ab",
    "../../etc/passwd",
    f"ab/../{'c' * 30}.webp",
    f"/ab/{'c' * 30}.webp",
    f"ab/{'c' * 30}.webp\n",
    f"ab/{'c' * 30}.webp/..",
    f"ab/{'C' * 30}.webp",
    f"ab/{'c' * 30}.webp\0",
    f"ab\\{'c' * 30}.webp",
    f"ab/{'c' * 30}",
    f"ab/{'c' * 30}.WEBP",
)
"""What looks like a key and is none."""


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 100_000):
        yield b"x" * min(100_000, size - start)


class BlobStoreSuite:
    """What every blob store must do. A subclass gives the fixture `blobs`: empty, closed afterwards."""

    async def test_what_was_put_comes_back_whole(self, blobs: BlobStore) -> None:
        for data in (b"", b"\x00\xff" * 10, bytes(range(256)) * (LARGE // 256)):
            await blobs.put(KEY, data, TYPE)
            assert await blobs.get(KEY) == data
            blob = await blobs.stream(KEY)
            assert blob.size == len(data)
            assert b"".join([piece async for piece in blob.chunks]) == data

    async def test_a_large_file_comes_in_pieces(self, blobs: BlobStore) -> None:
        await blobs.put(KEY, b"x" * LARGE, TYPE)
        blob = await blobs.stream(KEY)
        assert max([len(piece) async for piece in blob.chunks]) <= 1 << 20

    async def test_the_same_key_again_replaces_the_file(self, blobs: BlobStore) -> None:
        await blobs.put(KEY, b"one", TYPE)
        await blobs.put(KEY, b"two!", TYPE)
        assert await blobs.get(KEY) == b"two!"

    @pytest.mark.parametrize("size", [0, LARGE])
    async def test_a_file_that_came_in_pieces_comes_back_whole(self, blobs: BlobStore, size: int) -> None:
        await blobs.put_stream(KEY, _pieces(size), size, TYPE)
        assert await blobs.get(KEY) == b"x" * size

    async def test_of_a_file_that_breaks_off_nothing_is_stored(self, blobs: BlobStore) -> None:
        await blobs.put(KEY, b"one", TYPE)
        for size in (LARGE - 1, LARGE + 1):
            with pytest.raises(ValueError, match="bytes"):
                await blobs.put_stream(KEY, _pieces(LARGE), size, TYPE)
        assert await blobs.get(KEY) == b"one"

    async def test_of_writers_at_the_same_time_one_wins_whole(self, blobs: BlobStore) -> None:
        versions = [bytes([number]) * 100_000 for number in range(8)]
        await asyncio.gather(*(blobs.put(KEY, version, TYPE) for version in versions))
        assert await blobs.get(KEY) in versions

    async def test_a_deleted_file_is_not_found_and_others_stay(self, blobs: BlobStore) -> None:
        await blobs.put(KEY, b"one", TYPE)
        await blobs.put(OTHER, b"two", TYPE)
        await blobs.delete(KEY)
        await blobs.delete(KEY)
        with pytest.raises(NotFound):
            await blobs.get(KEY)
        with pytest.raises(NotFound):
            await blobs.stream(KEY)
        assert await blobs.get(OTHER) == b"two"

    @pytest.mark.parametrize("key", TRICKS)
    async def test_what_is_no_key_leads_nowhere(self, blobs: BlobStore, key: str) -> None:
        await blobs.put(KEY, b"one", TYPE)
        for attempt in (
            partial(blobs.get, key),
            partial(blobs.stream, key),
            partial(blobs.put, key, b"x", TYPE),
            partial(blobs.put_stream, key, _pieces(1), 1, TYPE),
        ):
            with pytest.raises(NotFound):
                await attempt()

    async def test_it_says_where_a_browser_finds_a_file_and_whether_it_is_well(
        self, blobs: BlobStore
    ) -> None:
        await blobs.ping()
        url = blobs.url(KEY)
        assert url.startswith(("/", "https://", "http://"))
        assert url != blobs.url(OTHER)
