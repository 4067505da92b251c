"""The fields of the plugin, on a real site in memory."""

from __future__ import annotations

import asyncio

import httpx
from microblog_reading_time import api, plugin

from microblog_api.app import SURFACE
from microblog_core.config import ServerConfig
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.app import create_app
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.testing.sites import report_of, site_with


def test_statuses_and_accounts_carry_the_fields() -> None:
    asyncio.run(look())


async def look() -> None:
    modules = {"plugins": plugin, "api": api}
    site = site_with({"reading-time": modules}, installed=("api",), faces=("api",))
    assert report_of(site, "reading-time").state == "active"
    app = create_app([site], [SURFACE], server=ServerConfig())
    transport = httpx.ASGITransport(app=app)
    async with app, httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
        ada = Actor(account=await create_account(site.ports, SYSTEM, command))
        await publish_post(site.ports, ada, PublishPost(text="one two three four five"))

        (status,) = (await http.get("/api/v1/timelines/public")).json()
        assert status["x_reading_time"] == {"seconds": 2}
        assert status["account"]["x_reading_time"] == {"posts_a_day": 1.0}

        document = (await http.get("/api/openapi.json")).json()
        fields = document["components"]["schemas"]["Status"]["properties"]["x_reading_time"]["properties"]
        assert fields["seconds"]["type"] == "integer"
