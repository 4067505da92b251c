"""A function that templates call as `x.dice.add`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import mkdtemp
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
from microblog_web.contributions import TemplateFolder

PLUGIN = Manifest(name="dice")


FOLDER = Path(mkdtemp())
(FOLDER / "web").mkdir()
(FOLDER / "web" / "about.html").write_text("<p>{{ x.dice.add(3, 4) }} eyes</p>")


def add(one: int, other: int) -> int:
    return one + other


@implements(hookspecs.register_template_globals)
def template_globals(site: Site) -> Mapping[str, Any]:
    return {"add": add}


@implements(hookspecs.register_templates)
def templates() -> Iterable[TemplateFolder]:
    return [TemplateFolder(path=FOLDER, theme=True)]


async def main() -> None:
    site = site_with(
        {"dice": {"web": sys.modules[__name__]}}, installed=("web",), faces=("web",), theme="dice"
    )
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        assert "<p>7 eyes</p>" in (await browser.get("/about")).text


if __name__ == "__main__":
    asyncio.run(main())
