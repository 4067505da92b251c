"""A resource below `/api/x/tide/`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import httpx
from litestar import get

from microblog_api import hookspecs
from microblog_api.app import SURFACE
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="tide")


@get("/now")
async def now() -> dict[str, str]:
    """How the water stands."""
    return {"tide": "high"}


@implements(hookspecs.register_resources)
def resources() -> Iterable[object]:
    return [now]


async def main() -> None:
    site = site_with({"tide": {"api": sys.modules[__name__]}}, installed=("api",), faces=("api",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        assert (await client.get("/api/x/tide/now")).json() == {"tide": "high"}


if __name__ == "__main__":
    asyncio.run(main())
