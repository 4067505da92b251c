"""A header field on every answer of the website."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import httpx

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.http.scope import Message, Receive, Scope, Send
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with
from microblog_web import hookspecs
from microblog_web.app import SURFACE
from microblog_web.contributions import AsgiApp, Middleware

PLUGIN = Manifest(name="stamp")


def stamped(app: AsgiApp) -> AsgiApp:
    async def stamping(scope: Scope, receive: Receive, send: Send) -> None:
        async def stamp(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-stamp", b"seen")]}
            await send(message)

        await app(scope, receive, stamp)

    return stamping


@implements(hookspecs.register_middleware)
def middleware() -> Iterable[Middleware]:
    return [Middleware(name="stamp", wrap=stamped)]


async def main() -> None:
    site = site_with({"stamp": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        assert (await browser.get("/about")).headers["x-stamp"] == "seen"


if __name__ == "__main__":
    asyncio.run(main())
