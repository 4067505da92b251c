"""A site with website and API, a provider, and browsers that go there and back."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

import httpx
import msgspec
from small_provider import CLIENT, SECRET, SmallProvider

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
PATH = "/x/oidc"
PASSWORD = "correct horse"
LOGIN = "/login/oidc-corp"


def kept(surface):
    """The surface with an application that is built once: that takes longer than most of these tests."""
    built = []

    def make(faces):
        if not built:
            built.append(surface.make_app(faces))
        return built[0]

    return msgspec.structs.replace(surface, make_app=make)


SURFACES = [kept(WEB), kept(API)]


class OidcTown:
    """`settings` are those of the provider `corp`, `others` further providers."""

    def __init__(self, *, others=None, web=True, site=None, plugins=None, **settings):
        self.clock = FrozenClock()
        self.provider = SmallProvider(self.clock.now)
        self._settings, self._others, self._web = settings, others or {}, web
        self._site, self._plugins = site or {}, plugins
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self):
        self._stack.enter_context(self.provider)
        corp = {
            "issuer": self.provider.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "label": "Corp",
            **self._settings,
        }
        faces = ("web", "api") if self._web else ("api",)
        self.site = site_with(
            self._plugins,
            installed=(*faces, "oidc", "totp"),
            faces=faces,
            settings={"oidc": {"providers": {"corp": corp, **self._others}}},
            clock=self.clock,
            **{"base_url": ORIGIN, **self._site},
        )
        surfaces = SURFACES if self._web else SURFACES[1:]
        self.app = await self._stack.enter_async_context(
            create_app([self.site], surfaces, server=ServerConfig())
        )
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

    async def away(self, browser, path=LOGIN):
        """The address of the provider's page that the site sends to."""
        answer = await browser.get(path)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def answered(self, browser, path=LOGIN):
        """Where the provider sends back to."""
        return await self.visit(await self.away(browser, path))

    async def visit(self, address):
        """Be at the provider, which sends back at once; where to."""
        assert address.startswith(f"{self.provider.issuer}/authorize?"), address
        async with httpx.AsyncClient(verify=False) as there:
            return (await there.get(address)).headers["location"]

    async def log_in(self, browser, path=LOGIN):
        """There and back; the last page."""
        return await follow(browser, await self.answered(browser, path))

    async def sign_up(self, browser, **values):
        """There, back, and the form filled in."""
        return await send(browser, await self.log_in(browser), LOGIN, **values)


async def follow(browser, address):
    """What is there, after as many redirects as lead on within the site."""
    answer = await browser.get(address)
    while answer.status_code == 303 and answer.headers["location"].startswith("/login"):
        answer = await browser.get(answer.headers["location"])
    return answer


async def send(browser, answer, action, **values):
    """Send the form of a page with this action, or another one by its button."""
    page = Page(str(answer.url.path), answer.status_code, dict(answer.headers), answer.content)
    forms = page.forms()
    form = next((each for each in forms if each.action == action or action in each.buttons), None)
    assert form is not None, ([each.action for each in forms], answer.text)
    return await browser.post(action, data={**form.fields, **values})


def is_in(browser):
    """Whether this browser has a session."""
    return SESSION_COOKIE in browser.cookies


def path_of(address):
    return urlsplit(address).path
