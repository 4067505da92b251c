"""People who make keys on the website, and programs that use them on the API."""

from __future__ import annotations

import contextlib
import re

import httpx
import msgspec

from microblog_api.app import SURFACE as API
from microblog_core.config import ServerConfig
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.http.app import create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.sessions import open_session
from microblog_core.testing.browser import Page
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with
from microblog_web.app import SURFACE as WEB

ORIGIN = "http://localhost:8000"
PATH = "/x/apikeys"
PASSWORD = "correct horse"


def kept(surface):
    """The surface with an application that is built once: that takes longer than most of these tests."""
    built = []

    def make(faces):
        if not built:
            built.append(surface.make_app(faces))
        return built[0]

    return msgspec.structs.replace(surface, make_app=make)


SURFACES = [kept(WEB), kept(API)]


class KeyTown:
    def __init__(self, *, settings=None, **site):
        self.clock = FrozenClock()
        self.site = site_with(
            installed=("web", "api", "apikeys"),
            faces=("web", "api"),
            settings={"apikeys": settings or {}},
            clock=self.clock,
            **site,
        )
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self):
        self.app = await self._stack.enter_async_context(
            create_app([self.site], SURFACES, server=ServerConfig())
        )
        self.ada, self.bob = [await self.person(name) for name in ("ada", "bob")]
        return self

    async def __aexit__(self, *error):
        await self._stack.aclose()

    @property
    def ports(self):
        return self.site.ports

    async def person(self, name, **values):
        command = CreateAccount(username=name, email=f"{name}@people.example", password=PASSWORD, **values)
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def client(self, **headers):
        transport = httpx.ASGITransport(app=self.app)
        made = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)
        return await self._stack.enter_async_context(made)

    async def browser(self, actor):
        made = await self.client(origin=ORIGIN)
        made.cookies.set(SESSION_COOKIE, (await open_session(self.ports, actor.account)).token)
        return made

    async def program(self, token):
        return await self.client(authorization=f"Bearer {token}")

    async def made(self, actor, *scopes, **fields):
        """A key that somebody makes on the page, and the page that shows it."""
        browser = await self.browser(actor)
        sent = {**(await form_of(browser)), "name": "A script", "days": "90"}
        sent |= {f"scope-{scope}": "1" for scope in scopes or ("read",)}
        answer = await browser.post(PATH, data={**sent, **fields})
        found = re.findall(r"<code>(mbk_\w{49})</code>", answer.text)
        return found[0] if found else None, answer


async def form_of(browser, *names):
    answer = await browser.get(PATH)
    page = Page(PATH, answer.status_code, dict(answer.headers), answer.content)
    return page.form(*(names or ("name", "days"))).fields


async def revoke(browser, key_id):
    fields = await form_of(browser, "key")
    return await browser.post(f"{PATH}/revoke", data={**fields, "key": str(key_id)})
