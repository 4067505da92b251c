"""A site with website and API and one plugin that has pages on them, with people and their browsers, in
process and with a clock that stands still. What is special about a plugin is in a subclass, beside its tests.
"""

from __future__ import annotations

import contextlib
import html
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec

import microblog_plugins
from microblog_api.app import SURFACE as API
from microblog_core.config import ServerConfig
from microblog_core.contributions import Manifest
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.plugins.translations import read_catalogue
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.sessions import open_session
from microblog_core.testing.browser import Page
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with
from microblog_web.app import SURFACE as WEB

ORIGIN = "http://localhost:8000"
PASSWORD = "correct horse"


def kept(surface):
    """The surface with applications that are built once for the same faces: that takes longer than most tests
    that use them.
    """
    built = {}

    def make(faces):
        # The faces stay with their application: the id of one that is gone could be given to another.
        key = tuple((name, id(face)) for name, face in faces.items())
        if key not in built:
            built[key] = (dict(faces), surface.make_app(faces))
        return built[key][1]

    return msgspec.structs.replace(surface, make_app=make)


SURFACES = [kept(WEB), kept(API)]


class LetterBox:
    """A channel in place of mail, which keeps what it delivers; `plugins` bring it to a site."""

    name = "email"

    def __init__(self):
        self._sent = []
        plugin = SimpleNamespace(
            PLUGIN=Manifest(name="letters"), register_channels=hookimpl(lambda site: [self])
        )
        self.plugins = {"letters": plugin}

    async def deliver(self, message, *, key):
        self._sent.append((message.address, message.kind, message.text))

    async def emptied(self, town):
        """Address, kind and text of all that the site has sent since it was emptied last."""
        await JobRunner(town.site).run_due()
        sent, self._sent = self._sent, []
        return sent


class PluginTown:
    """`plugins` are further ones, as modules, and `installed` names further ones of ours; `settings` are the
    plugin's. What else is given goes to `site_with`.
    """

    plugin = ""
    people = ("ada", "bob")
    """Whoever has an account from the beginning, as attributes of the same names."""
    origin = ORIGIN

    def __init__(
        self, plugins=None, *, settings=None, installed=(), faces=("web", "api"), clock=None, **site
    ):
        self.clock = clock or FrozenClock()
        self.site = site_with(
            plugins,
            installed=(*faces, self.plugin, *installed),
            faces=faces,
            settings={self.plugin: settings or {}},
            clock=self.clock,
            **site,
        )
        self._surfaces = [surface for surface in SURFACES if surface.name in faces]
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self):
        self.app = await self._stack.enter_async_context(
            create_app([self.site], self._surfaces, server=ServerConfig())
        )
        for name in self.people:
            setattr(self, name, await self.person(name))
        return self

    async def __aexit__(self, *error):
        await self._stack.aclose()

    @property
    def ports(self):
        return self.site.ports

    async def person(self, name):
        command = CreateAccount(username=name, email=f"{name}@people.example", password=PASSWORD)
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def client(self, **headers):
        transport = httpx.ASGITransport(app=self.app)
        made = httpx.AsyncClient(transport=transport, base_url=self.origin, headers=headers)
        return await self._stack.enter_async_context(made)

    async def visitor(self, language=""):
        """A browser in which nobody is logged in."""
        wish = {"accept-language": language} if language else {}
        return await self.client(origin=self.origin, **wish)

    async def browser(self, actor, language=""):
        made = await self.visitor(language)
        made.cookies.set(SESSION_COOKIE, (await open_session(self.ports, actor.account)).token)
        return made

    async def consent(self, actor, language="", scope="read"):
        """The page that asks somebody whether the application Elephant may come in."""
        back = "https://elephant.example/back"
        wanted = {"client_name": "Elephant", "redirect_uris": back, "scopes": scope}
        client_id = (await (await self.client()).post("/api/v1/apps", data=wanted)).json()["client_id"]
        asked = {"client_id": client_id, "redirect_uri": back, "response_type": "code", "scope": scope}
        return await (await self.browser(actor, language)).get("/oauth/authorize", params=asked)


def page_of(answer):
    return Page(str(answer.url.path), answer.status_code, dict(answer.headers), answer.content)


async def send(browser, answer, action, /, **values):
    """Send the form of a page with this action, or another one by its button."""
    forms = page_of(answer).forms()
    form = next((each for each in forms if each.action == action or action in each.buttons), None)
    assert form is not None, ([each.action for each in forms], answer.text)
    return await browser.post(action, data={**form.fields, **values})


async def password_given(browser, name="ada", path="/login"):
    """The page after the first step."""
    asked = await browser.get(path)
    return await send(browser, asked, f"{path}/password", name=name, password=PASSWORD)


def check_language(answer, room, language, *said):
    """The page is in this language, as far as the words of the plugin in `room` go; `said` are in it in
    English, and so have their translations.
    """
    path = Path(microblog_plugins.__path__[0], room, "locale", language, "LC_MESSAGES", "microblog.mo")
    text = html.unescape(answer.text)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in text
    messages = read_catalogue(path).messages
    left = [each for each in messages if each != messages[each] and len(each) > 12 and each in text]
    assert not left, f"still English at {answer.url.path}: {left}"
    for each in said:
        assert messages[each] in text, (each, text)


def is_in(browser):
    """Whether this browser has a session."""
    return SESSION_COOKIE in browser.cookies
