"""The store on a real server that checks signatures: the common contract, and what S3 keeps of a file."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.errors import NotFound, Unavailable
from microblog_core.testing.blob_suite import KEY, OTHER, TYPE, BlobStoreSuite
from microblog_core.testing.s3 import BUCKET
from microblog_plugins.s3.blobs import PART

ARCHIVE = f"ab/{'e' * 30}.zip"
MEGABYTE = b"x" * (1 << 20)


async def pieces(count, *, after=None):
    for number in range(count):
        if number == count // 2 and after is not None:
            await after()
        yield MEGABYTE


class TestS3Blobs(BlobStoreSuite):
    """On SeaweedFS."""


async def test_files_that_are_shown_lie_apart_from_all_others(blobs, s3_server, prefix):
    await blobs.put(KEY, b"a picture", TYPE)
    await blobs.put_stream(ARCHIVE, pieces(1), 1 << 20, "application/zip")
    status, fields, _ = s3_server.ask("HEAD", f"{prefix}/public/{KEY}")
    assert (status, fields["content-type"]) == (200, "image/webp")
    assert fields["cache-control"] == "public, max-age=31536000, immutable"
    status, fields, _ = s3_server.ask("HEAD", f"{prefix}/private/{ARCHIVE}")
    assert (status, fields["content-type"]) == (200, "application/zip")
    assert "cache-control" not in fields
    assert s3_server.ask("HEAD", f"{prefix}/public/{ARCHIVE}")[0] == 404


async def test_the_type_of_what_is_shown_is_that_of_its_key_whatever_was_said(blobs, s3_server, prefix):
    await blobs.put(KEY, b"<script>", "text/html")
    assert s3_server.ask("HEAD", f"{prefix}/public/{KEY}")[1]["content-type"] == "image/webp"


async def test_only_what_may_be_shown_has_a_public_address(make):
    blobs = make(options="&public=https://cdn.example.org/pictures/")
    assert blobs.url(KEY) == f"https://cdn.example.org/pictures/{KEY}"
    assert blobs.url(ARCHIVE) == f"/media/{ARCHIVE}"
    assert blobs.url(f"ab/{'c' * 30}.original").startswith("/media/")
    assert make().url(KEY) == f"/media/{KEY}"


async def test_a_large_file_goes_in_parts_and_comes_back_whole(blobs, s3_server, prefix):
    await blobs.put_stream(ARCHIVE, pieces(11), 11 << 20, "application/zip")
    await blobs.put(KEY, MEGABYTE * 6, TYPE)
    for key, parts in ((f"private/{ARCHIVE}", 3), (f"public/{KEY}", 2)):
        # S3 says in the tag of how many parts a file was put together.
        assert s3_server.ask("HEAD", f"{prefix}/{key}")[1]["etag"].strip('"').endswith(f"-{parts}")
    blob = await blobs.stream(ARCHIVE)
    assert 2 * PART < blob.size == 11 << 20
    assert sum([len(piece) async for piece in blob.chunks]) == blob.size


async def test_what_breaks_off_leaves_nothing_in_the_bucket_and_says_why(blobs, s3_server):
    async def stop():
        raise KeyError("the disk")

    with pytest.raises(KeyError, match="the disk"):
        await blobs.put_stream(KEY, pieces(16, after=stop), 16 << 20, TYPE)
    with pytest.raises(NotFound):
        await blobs.get(KEY)
    assert KEY not in s3_server.ask("GET", "", "uploads=")[2].decode()


async def test_what_is_given_up_is_not_stored(blobs):
    waiting = asyncio.Event()

    async def hang():
        waiting.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(blobs.put_stream(KEY, pieces(16, after=hang), 16 << 20, TYPE))
    await waiting.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    with pytest.raises(NotFound):
        await blobs.get(KEY)


async def test_a_file_that_is_not_read_to_its_end_can_be_closed(blobs):
    await blobs.put(KEY, MEGABYTE * 3, TYPE)
    blob = await blobs.stream(KEY)
    assert await anext(blob.chunks)
    await blob.chunks.aclose()
    assert await blobs.get(KEY) == MEGABYTE * 3


async def test_closing_waits_for_what_was_begun_and_begins_nothing_more(make):
    blobs, begun, go_on = make(), asyncio.Event(), asyncio.Event()

    async def wait():
        begun.set()
        await go_on.wait()

    putting = asyncio.create_task(blobs.put_stream(KEY, pieces(2, after=wait), 2 << 20, TYPE))
    await begun.wait()
    closing = asyncio.create_task(blobs.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert putting.done() and putting.exception() is None
    with pytest.raises(Unavailable, match="closed"):
        await blobs.put(OTHER, b"x", TYPE)


async def test_keys_come_from_the_environment_where_none_are_configured(s3_server, prefix, monkeypatch):
    from microblog_core.testing.s3 import ACCESS_KEY, SECRET_KEY
    from microblog_plugins.s3.plugin import open_blobs

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    blobs = open_blobs(f"s3://{BUCKET}/{prefix}?endpoint={s3_server.endpoint}")
    await blobs.put(KEY, b"one", TYPE)
    # Those that are configured come first, whatever the environment has beside them.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-elses")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "somebody-elses")
    given = open_blobs(s3_server.url_of(prefix))
    assert await given.get(KEY) == b"one"
    await blobs.close()
    await given.close()
