"""Answers for anonymous readers: made once, never older than a change, compressed, revalidated."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from microblog_core.http.kept import KeptPage, KeptPages
from microblog_core.memory.cache import MemoryCache


async def test_a_hundred_readers_at_once_make_a_page_once():
    cache, pages, made = MemoryCache(), KeptPages(), []
    ready = asyncio.Event()

    async def make():
        made.append(1)
        await ready.wait()
        return KeptPage(b"page"), ("public",)

    readers = [asyncio.create_task(pages.get_or_make(cache, "page:/", make)) for _ in range(100)]
    await asyncio.sleep(0)
    ready.set()
    assert len({id(page) for page in await asyncio.gather(*readers)}) == 1
    assert len(made) == 1


async def test_a_reader_who_waited_never_gets_what_was_true_before_a_change():
    cache, pages = MemoryCache(), KeptPages()
    reading, changed = asyncio.Event(), asyncio.Event()

    async def old():
        reading.set()
        await changed.wait()
        return KeptPage(b"old"), ("public",)

    async def new():
        return KeptPage(b"new"), ("public",)

    first = asyncio.create_task(pages.get_or_make(cache, "page:/", old))
    await reading.wait()
    second = asyncio.create_task(pages.get_or_make(cache, "page:/", new))
    await asyncio.sleep(0)
    cache.drop(("public",))
    changed.set()
    await first
    assert (await second).etag == KeptPage(b"new").etag


async def test_a_page_that_could_not_be_made_stops_nobody():
    cache, pages = MemoryCache(), KeptPages()

    async def broken():
        raise RuntimeError

    async def works():
        return KeptPage(b"page"), ()

    with pytest.raises(RuntimeError):
        await pages.get_or_make(cache, "page:/", broken)
    assert (await pages.get_or_make(cache, "page:/", works)).etag


async def test_the_compressed_twin_is_the_same_page():
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"method": "GET", "headers": [(b"accept-encoding", b"br, gzip")]}
    await KeptPage(b"x" * 1000).send(scope, send)
    assert gzip.decompress(sent[1]["body"]) == b"x" * 1000


async def test_an_answer_says_what_it_is_and_what_it_depends_on():
    sent = []

    async def send(message):
        sent.append(message)

    page = KeptPage(
        b"{}", content_type=b"application/json", vary=b"authorization", fields=[(b"link", b"<next>")]
    )
    await page.send({"method": "GET", "headers": []}, send)
    headers = dict(sent[0]["headers"])
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"vary"] == b"authorization"
    assert headers[b"link"] == b"<next>"
    await page.send({"method": "GET", "headers": [(b"if-none-match", page.etag)]}, send)
    headers = dict(sent[2]["headers"])
    assert sent[2]["status"] == 304
    assert headers[b"link"] == b"<next>"
    assert b"content-type" not in headers


async def test_a_page_that_must_not_be_kept_is_made_each_time():
    cache, pages, made = MemoryCache(), KeptPages(), []

    async def make():
        made.append(1)
        return KeptPage(b"{}"), None

    for _ in range(2):
        await pages.get_or_make(cache, "key", make)
    assert len(made) == 2
    assert cache.get("key") is None
