"""A site that takes pictures, for the tests of what clients upload."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import CENTRE, Focus, MediaKind
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition
from microblog_core.runtime.background import run_jobs


class Sketcher:
    """A media processor whose pictures begin with `PIC`."""

    name = "sketcher"
    content_types = ("image/png",)

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()

    def probe(self, data: bytes) -> MediaFacts | None:
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/png") if data[:3] == b"PIC" else None

    async def process(self, data: bytes, purpose: str, focus: Focus = CENTRE) -> ProcessedMedia:
        await self.free.wait()
        if b"broken" in data:
            raise Invalid(fields={"file": "This file is broken."})
        return ProcessedMedia(
            kind=MediaKind.IMAGE,
            picture=Rendition(content_type="image/png", data=data[4:], width=30, height=20),
            preview=Rendition(
                content_type="image/webp",
                data=b"small of mine" if b"mine" in data else b"small",
                width=3,
                height=2,
            ),
            blurhash="L9S?DV",
        )


@pytest.fixture
async def studio(serving: Any, make_api: Any) -> AsyncIterator[Any]:
    """The API of a site that takes pictures of at most 4 KiB, and its `sketcher`."""
    async with contextlib.AsyncExitStack() as stack:
        sketcher = Sketcher()
        site = serving(processors=(sketcher,), upload_bytes=4096, blobs="memory:")
        http = await stack.enter_async_context(site)
        await stack.enter_async_context(run_jobs(http.site))
        api = make_api(http, stack)
        yield SimpleNamespace(api=api, sketcher=sketcher, people=api.people, http=http)
