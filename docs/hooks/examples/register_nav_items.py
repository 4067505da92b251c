"""A link in the footer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import httpx

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with
from microblog_web import hookspecs
from microblog_web.app import SURFACE
from microblog_web.contributions import NavItem

PLUGIN = Manifest(name="rules")


@implements(hookspecs.register_nav_items)
def nav_items(site: Site) -> Iterable[NavItem]:
    return [NavItem(key="rules", label="The house rules", href="/about", place="footer")]


async def main() -> None:
    site = site_with({"rules": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        assert "The house rules" in (await browser.get("/about")).text


if __name__ == "__main__":
    asyncio.run(main())
