"""A whole site with the plugin, in process: website and API on a database in a file, and people in it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from microblog_reactions import api, plugin, web

from microblog_api.app import SURFACE as API
from microblog_core.config import ServerConfig
from microblog_core.contributions import AsgiApp
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Entry
from microblog_core.http.app import create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services import accounts, posts, sessions
from microblog_core.site import Site
from microblog_core.testing.browser import Page
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import report_of, site_with
from microblog_core.testing.tokens import make_token
from microblog_web.app import SURFACE as WEB

ORIGIN = "http://localhost:8000"


class Town:
    """The site, its clock, and what tests do in it."""

    def __init__(
        self, site: Site, app: AsgiApp, clock: FrozenClock, stack: contextlib.AsyncExitStack
    ) -> None:
        self.site, self.ports, self.clock = site, site.ports, clock
        self._app, self._stack = app, stack
        self.jobs = JobRunner(site)

    async def person(self, name: str) -> Account:
        command = accounts.CreateAccount(
            username=name, email=f"{name}@example.org", password="a long pass phrase"
        )
        return await accounts.create_account(self.ports, SYSTEM, command)

    async def write(self, author: Account, text: str, **values: object) -> Entry:
        self.clock.advance(1)
        return await posts.publish_post(
            self.ports, Actor(account=author), posts.PublishPost(text=text, **values)
        )

    async def browser(self, account: Account | None = None) -> httpx.AsyncClient:
        """A browser, in which this person is logged in."""
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})
        if account is not None:
            opened = await sessions.open_session(self.ports, account)
            http.cookies.set(SESSION_COOKIE, opened.token)
        return await self._stack.enter_async_context(http)

    async def app(self, account: Account, scopes: str) -> httpx.AsyncClient:
        """An application that this person let in."""
        http = await self.browser()
        http.headers["authorization"] = f"Bearer {await make_token(self.ports, account, scopes)}"
        return http


def page_of(answer: httpx.Response) -> Page:
    return Page(str(answer.request.url.path), answer.status_code, dict(answer.headers), answer.content)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock = FrozenClock()
    site = site_with(
        {"reactions": {"plugins": plugin, "web": web, "api": api}},
        installed=("sql", "web", "api"),
        faces=("web", "api"),
        storage=f"sqlite:///{tmp_path}/town.db",
        clock=clock,
    )
    site.storage_factory.tools(site.storage_url).migrate()
    async with contextlib.AsyncExitStack() as stack:
        app = await stack.enter_async_context(create_app([site], [WEB, API], server=ServerConfig()))
        report = report_of(site, "reactions")
        assert report.state == "active", report.reason
        yield Town(site, app, clock, stack)
