"""Something that applications may be let do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import httpx

from microblog_api import hookspecs
from microblog_api.app import SURFACE
from microblog_api.contributions import ApiScope
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="diary")


@implements(hookspecs.register_scopes)
def scopes() -> Iterable[ApiScope]:
    return [ApiScope(name="diary:read", description="Read your diary")]


async def main() -> None:
    site = site_with({"diary": {"api": sys.modules[__name__]}}, installed=("api",), faces=("api",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        known = (await client.get("/.well-known/oauth-authorization-server")).json()["scopes_supported"]
        assert "diary:read" in known


if __name__ == "__main__":
    asyncio.run(main())
