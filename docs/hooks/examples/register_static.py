"""A style sheet that every page loads."""

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
from microblog_web.contributions import StaticFolder

PLUGIN = Manifest(name="paint")


FOLDER = Path(mkdtemp())
"""In a package: `Path(__file__).parent / "static"`."""
(FOLDER / "paint.css").write_text("body { color: teal }")


@implements(hookspecs.register_static)
def static() -> Iterable[StaticFolder]:
    return [StaticFolder(path=FOLDER, styles=("paint.css",))]


async def main() -> None:
    site = site_with({"paint": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        page = (await browser.get("/about")).text
        (address,) = {part for part in page.split('"') if part.startswith("/static/paint/")}
        assert "teal" in (await browser.get(address)).text


if __name__ == "__main__":
    asyncio.run(main())
