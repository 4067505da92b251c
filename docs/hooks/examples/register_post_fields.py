"""How many words each status has."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence

import httpx

from microblog_api import hookspecs
from microblog_api.app import SURFACE
from microblog_api.contributions import PostField
from microblog_api.entities import Status
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="words")


class Words:
    """A `PostFieldResolver`: one value for each status."""

    async def resolve(self, site: Site, actor: Actor, posts: Sequence[Status]) -> Sequence[int]:
        return [len(post.content.split()) for post in posts]


@implements(hookspecs.register_post_fields)
def post_fields() -> Iterable[PostField]:
    return [PostField(name="count", type=int, resolver=Words())]


async def main() -> None:
    site = site_with({"words": {"api": sys.modules[__name__]}}, installed=("api",), faces=("api",))
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        ada = await create_account(
            site.ports,
            SYSTEM,
            CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase"),
        )
        await publish_post(site.ports, Actor(account=ada), PublishPost(text="One two three"))
        (status,) = (await client.get("/api/v1/timelines/public")).json()
        assert status["x_words"] == {"count": 3}


if __name__ == "__main__":
    asyncio.run(main())
