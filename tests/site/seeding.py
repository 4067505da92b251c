"""Puts people and posts into a site's own storage before it is served, by the same use cases that pages
call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from microblog_core.config import load_config
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.ports.context import Ports
from microblog_core.services.accounts import SignUp, sign_up
from microblog_core.site import compose_sites

PASSWORD = "correct horse battery"


@asynccontextmanager
async def opened(data: Path, site: str = "main") -> AsyncIterator[Ports]:
    """The ports of one site of a data folder that nobody serves at the moment."""
    (chosen,) = (each for each in compose_sites(load_config(data)) if each.name == site)
    async with chosen:
        yield chosen.ports


async def person(ports: Ports, name: str) -> Actor:
    """Somebody who signed up."""
    command = SignUp(username=name, email=f"{name}@example.org", password=PASSWORD)
    return Actor(account=await sign_up(ports, ANONYMOUS, command))
