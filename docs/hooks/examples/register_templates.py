"""A theme: its own page about the site, on sites that name it as their `theme`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp

import httpx

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with
from microblog_web import hookspecs
from microblog_web.app import SURFACE
from microblog_web.contributions import TemplateFolder

PLUGIN = Manifest(name="card")


FOLDER = Path(mkdtemp())
"""In a package: `Path(__file__).parent / "templates"`."""
(FOLDER / "web").mkdir()
(FOLDER / "web" / "about.html").write_text("<h1>{{ site_title }} on a card</h1>")


@implements(hookspecs.register_templates)
def templates() -> Iterable[TemplateFolder]:
    return [TemplateFolder(path=FOLDER, theme=True)]


async def main() -> None:
    site = site_with(
        {"card": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",), theme="card"
    )
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        assert "<h1>Microblog on a card</h1>" in (await browser.get("/about")).text


if __name__ == "__main__":
    asyncio.run(main())
