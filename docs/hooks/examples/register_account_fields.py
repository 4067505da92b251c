"""How long everybody's name is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence

import httpx

from microblog_api import hookspecs
from microblog_api.app import SURFACE
from microblog_api.contributions import AccountField
from microblog_api.entities import Account
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.app import create_app
from microblog_core.plugins import implements
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="names")


class Lengths:
    """An `AccountFieldResolver`: one value for each account."""

    async def resolve(self, site: Site, actor: Actor, accounts: Sequence[Account]) -> Sequence[int]:
        return [len(account.username) for account in accounts]


@implements(hookspecs.register_account_fields)
def account_fields() -> Iterable[AccountField]:
    return [AccountField(name="length", type=int, resolver=Lengths())]


async def main() -> None:
    site = site_with({"names": {"api": sys.modules[__name__]}}, installed=("api",), faces=("api",))
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
        assert status["account"]["x_names"] == {"length": 3}


if __name__ == "__main__":
    asyncio.run(main())
