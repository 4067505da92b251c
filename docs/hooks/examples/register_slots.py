"""A line below every page."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with
from microblog_web import hookspecs
from microblog_web.app import SURFACE
from microblog_web.contributions import Slot, SlotContext

PLUGIN = Manifest(name="motto")


class Motto:
    """A `SlotRenderer`: plain text is escaped."""

    async def render(self, context: SlotContext, items: Sequence[Any]) -> Sequence[str]:
        return ["Few words & good ones" for _ in items]


@implements(hookspecs.register_slots)
def slots(site: Site) -> Iterable[Slot]:
    return [Slot(name="motto", place="footer", renderer=Motto())]


async def main() -> None:
    site = site_with({"motto": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        assert "Few words &amp; good ones" in (await browser.get("/about")).text


if __name__ == "__main__":
    asyncio.run(main())
