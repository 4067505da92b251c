"""People with passkeys, on the website and on the API's own page."""

from __future__ import annotations

import contextlib
import html
import re

import httpx
import msgspec
from soft_authenticator import SoftAuthenticator

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

ORIGIN = "https://social.example.org"
PATH = "/x/passkeys"
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


class KeyRingTown:
    def __init__(self, plugins=None, *, settings=None, origin=ORIGIN, installed=(), **site):
        self.clock, self.origin = FrozenClock(), origin
        self.site = site_with(
            plugins,
            installed=("web", "api", "passkeys", *installed),
            faces=("web", "api"),
            settings={"passkeys": settings or {}},
            clock=self.clock,
            **{"base_url": origin, **site},
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

    async def person(self, name):
        command = CreateAccount(username=name, email=f"{name}@people.example", password=PASSWORD)
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def visitor(self):
        """A browser in which nobody is logged in."""
        transport = httpx.ASGITransport(app=self.app)
        made = httpx.AsyncClient(transport=transport, base_url=self.origin, headers={"origin": self.origin})
        return await self._stack.enter_async_context(made)

    async def browser(self, actor):
        made = await self.visitor()
        made.cookies.set(SESSION_COOKIE, (await open_session(self.ports, actor.account)).token)
        return made

    async def begun(self, browser, name="Phone"):
        """The page that has the browser make a passkey."""
        return await send(browser, await browser.get(PATH), f"{PATH}/add", name=name, password=PASSWORD)

    async def enrol(self, actor, key=None, browser=None, name="Phone"):
        """What somebody's device has afterwards."""
        browser, key = browser or await self.browser(actor), key or SoftAuthenticator()
        page = await self.begun(browser, name)
        done = await send(
            browser, page, f"{PATH}/confirm", answer=key.create(challenge_of(page), self.origin)
        )
        assert done.status_code == 303, done.text
        return key

    async def log_in(self, key, path="/login", **forged):
        """The answer to the answer of a passkey, and the browser that it was sent from."""
        browser = await self.visitor()
        page = await browser.get(f"{path}/passkeys")
        answer = key.get(challenge_of(page), self.origin, **forged)
        return browser, await send(browser, page, f"{path}/passkeys", answer=answer)


def challenge_of(page):
    """What the page has its script ask the browser."""
    (found,) = re.findall(r'data-challenge="([^"]+)"', page.text)
    return html.unescape(found)


async def send(browser, shown, action, **values):
    """Send the form of a page with this action, or another one by its button."""
    forms = Page(str(shown.url.path), shown.status_code, dict(shown.headers), shown.content).forms()
    form = next((each for each in forms if each.action == action or action in each.buttons), None)
    assert form is not None, [each.action for each in forms]
    return await browser.post(action, data={**form.fields, **values})


async def password_given(browser, name="ada", path="/login"):
    """The page after the first step."""
    asked = await browser.get(path)
    return await send(browser, asked, f"{path}/password", name=name, password=PASSWORD)


def is_in(browser):
    """Whether this browser has a session."""
    return SESSION_COOKIE in browser.cookies
