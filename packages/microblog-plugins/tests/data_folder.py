"""The site that the fixture `microblog` has made in the data folder, as another process has it."""

from __future__ import annotations

import asyncio

from microblog_core.config import load_config
from microblog_core.site import compose_sites


def composed(tmp_path):
    (site,) = compose_sites(load_config(tmp_path / "data", environ={}, make_key=True))
    return site


def on_site(tmp_path, work):
    """What `work(site)` gives, on the open site."""

    async def inside():
        async with composed(tmp_path) as site:
            return await work(site)

    return asyncio.run(inside())
