"""People who log in with a password and a code, on the website and on the API's own page."""

from __future__ import annotations

import contextlib
import re

import httpx
import msgspec
import pyotp

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
PATH = "/x/totp"
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


class CodeTown:
    def __init__(self, plugins=None, *, settings=None, **site):
        self.clock = FrozenClock()
        self.site = site_with(
            plugins,
            installed=("web", "api", "totp"),
            faces=("web", "api"),
            settings={"totp": settings or {}},
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

    async def person(self, name):
        command = CreateAccount(username=name, email=f"{name}@people.example", password=PASSWORD)
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def visitor(self):
        """A browser in which nobody is logged in."""
        transport = httpx.ASGITransport(app=self.app)
        made = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})
        return await self._stack.enter_async_context(made)

    async def browser(self, actor):
        made = await self.visitor()
        made.cookies.set(SESSION_COOKIE, (await open_session(self.ports, actor.account)).token)
        return made

    async def begun(self, browser):
        """The page that shows a new secret, and the secret."""
        answer = await send(browser, await browser.get(PATH), f"{PATH}/setup")
        (shown,) = re.findall(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", answer.text)
        return answer, shown.replace(" ", "")

    async def enrol(self, actor, browser=None):
        """What somebody has afterwards: the secret in their app, and their recovery codes."""
        browser = browser or await self.browser(actor)
        page, secret = await self.begun(browser)
        answer = await send(browser, page, f"{PATH}/confirm", password=PASSWORD, code=self.code(secret))
        codes = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", answer.text)
        # The code that was shown just now is used up.
        self.clock.advance(60)
        return secret, codes

    def code(self, secret, steps=0):
        """What the app shows, or would with its clock off by so many steps."""
        return pyotp.TOTP(secret).generate_otp(self.clock.now() // 30_000 + steps)


async def send(browser, answer, action, **values):
    """Send the form of a page with this action, or another one by its button."""
    page = Page(str(answer.url.path), answer.status_code, dict(answer.headers), answer.content)
    forms = page.forms()
    form = next((each for each in forms if each.action == action or action in each.buttons), None)
    assert form is not None, [each.action for each in forms]
    return await browser.post(action, data={**form.fields, **values})


def last_form(answer, action):
    """The last form of a page with this action, where buttons for other factors are."""
    page = Page(str(answer.url.path), answer.status_code, dict(answer.headers), answer.content)
    return [each for each in page.forms() if each.action == action][-1]


async def password_given(browser, name="ada", path="/login"):
    """The page after the first step."""
    asked = await browser.get(path)
    return await send(browser, asked, f"{path}/password", name=name, password=PASSWORD)


def is_in(browser):
    """Whether this browser has a session."""
    return SESSION_COOKIE in browser.cookies
