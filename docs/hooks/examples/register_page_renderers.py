"""Log-in forms and messages as bare as they can be."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from html import escape

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Renderer
from microblog_core.http.pages import PlainPages
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="bare")


class Bare(PlainPages):
    """A `PageRenderer`: forms as the plain one draws them, messages as one line."""

    def message(self, title: str, text: str, links: Sequence[tuple[str, str]] = ()) -> bytes:
        return f"<!doctype html><title>{escape(title)}</title><p>{escape(text)}".encode()


@implements(hookspecs.register_page_renderers)
def page_renderers(site: Site) -> Iterable[Renderer]:
    return [Renderer(name="bare", renderer=Bare(), priority=50)]


async def main() -> None:
    async with site_with({"bare": sys.modules[__name__]}) as site:
        assert site.page_renderer.message("Oh", "2 < 3") == b"<!doctype html><title>Oh</title><p>2 &lt; 3"


if __name__ == "__main__":
    asyncio.run(main())
