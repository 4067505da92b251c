"""The theme on a real site in memory, beside a site in the same process that has none."""

from __future__ import annotations

import asyncio

import httpx
from microblog_gazette import plugin, web

from microblog_core.config import ServerConfig
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.app import create_app
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with
from microblog_web.app import SURFACE, website_for


def make_site(name: str, **settings: str) -> Site:
    modules = {"plugins": plugin, "web": web}
    hosts = (f"{name}.example",)
    return site_with(
        {"gazette": modules}, installed=("web",), faces=("web",), name=name, hosts=hosts, **settings
    )


def test_the_site_that_names_the_theme_has_its_look_and_the_other_has_not() -> None:
    asyncio.run(look())


async def look() -> None:
    plain, gazette = make_site("plain"), make_site("paper", title="The Paper", theme="gazette")
    assert report_of(gazette, "gazette").state == "active"
    app = create_app([plain, gazette], [SURFACE], server=ServerConfig())
    async with app, httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as http:
        for site in (plain, gazette):
            command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
            ada = Actor(account=await create_account(site.ports, SYSTEM, command))
            await publish_post(site.ports, ada, PublishPost(text="Extra, extra"))

        # Twice, so that the second page comes from what was kept.
        for path in ("/", "/", "/public", "/@ada", "/nowhere"):
            page = (await http.get(f"http://paper.example{path}")).text
            assert '<a class="nameplate" href="/">The Paper</a>' in page, path
            assert page.index("/static/web/styles.") < page.index("/static/gazette/gazette."), path
            other = (await http.get(f"http://plain.example{path}")).text
            assert "nameplate" not in other and "gazette" not in other, path
            assert ("Extra, extra" in page) is ("Extra, extra" in other) is (path != "/nowhere"), path
        assert website_for(gazette).look.problems == {}
