"""A page of the plugin's own, below `/x/hello/`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import httpx
from litestar import get

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with
from microblog_web import hookspecs
from microblog_web.app import SURFACE

PLUGIN = Manifest(name="hello")


@get("/")
async def hello() -> str:
    return "Hello!"


@implements(hookspecs.register_routes)
def routes() -> Iterable[object]:
    return [hello]


async def main() -> None:
    site = site_with({"hello": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        assert (await browser.get("/x/hello/")).text == "Hello!"


if __name__ == "__main__":
    asyncio.run(main())
