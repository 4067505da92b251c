"""Takes the pictures of one small format as they are."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.media import CENTRE, Focus, MediaKind
from microblog_core.plugins import implements
from microblog_core.ports.media import MediaFacts, MediaProcessor, ProcessedMedia, Purpose, Rendition
from microblog_core.services.uploads import processor_for
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="pixels")


class Pixels:
    """A `MediaProcessor`. A real one decodes and encodes anew: nothing of an upload is shown as it came."""

    name = "pixels"
    content_types: tuple[str, ...] = ("image/png",)

    def probe(self, data: bytes) -> MediaFacts | None:
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/png") if data[:3] == b"PIX" else None

    async def process(self, data: bytes, purpose: Purpose, focus: Focus = CENTRE) -> ProcessedMedia:
        picture = Rendition(content_type="image/png", data=data[3:], width=1, height=1)
        return ProcessedMedia(kind=MediaKind.IMAGE, picture=picture, preview=picture)


@implements(hookspecs.register_media_processors)
def media_processors(site: Site) -> Iterable[MediaProcessor]:
    return [Pixels()]


async def main() -> None:
    async with site_with({"pixels": sys.modules[__name__]}) as site:
        processor = processor_for(site.ports, b"PIX...")
        made = await processor.process(b"PIX...", "attachment")
        assert (processor.name, made.picture.data) == ("pixels", b"...")


if __name__ == "__main__":
    asyncio.run(main())
