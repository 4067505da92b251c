"""A whole site on memory, and people with browsers that know no JavaScript, in process."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.contributions import AsgiApp
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Entry, Post, Visibility
from microblog_core.http.app import create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.plugins.settings import Secret
from microblog_core.services import posts, reactions, relations, sessions
from microblog_core.site import Site, compose_site
from microblog_core.testing.browser import Form, Page
from microblog_core.testing.builder import Builder, FrozenClock
from microblog_web import face
from microblog_web.app import GROUP, SURFACE, make_app, website_for
from microblog_web.website import WebSite

ORIGIN = "http://localhost:8000"


class Visitor:
    """Somebody's browser."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        answer = await self.http.get(path, follow_redirects=follow, headers=dict(headers or {}))
        return page_of(answer)

    async def post(self, path: str, fields: Mapping[str, str], *, origin: str = ORIGIN) -> Page:
        return page_of(await self.http.post(path, data=dict(fields), headers={"origin": origin}))

    async def submit(self, form: Form, *, button: str = "", **values: str) -> Page:
        """Send a form as it stands with these values changed; a redirect is not followed."""
        unknown = values.keys() - form.names
        assert not unknown, f"the form has no inputs {unknown}"
        return await self.post(button or form.action, {**form.fields, **values})

    async def press(self, page: Page, button: str) -> Page:
        """Press a button that stands beside a post or a person: it sends the page's one form."""
        assert f'formaction="{button}"' in page.text, f"{page.path} has no button {button}"
        return await self.submit(page.form("csrf_token", "return_to"), button=button)


def page_of(answer: httpx.Response) -> Page:
    return Page(
        answer.request.url.raw_path.decode(), answer.status_code, dict(answer.headers), answer.content
    )


class House:
    """The site, what tests put into it, and visitors."""

    def __init__(self, site: Site, app: Any, clock: FrozenClock, stack: contextlib.AsyncExitStack) -> None:
        self.site, self.app, self.clock = site, app, clock
        self.build = Builder(site.ports.storage, clock)
        self._stack = stack

    def app_website(self) -> WebSite:
        return website_for(self.site)

    async def visitor(self) -> Visitor:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        return Visitor(await self._stack.enter_async_context(http))

    async def member(self, account: Account) -> Visitor:
        """A browser in which this person is logged in."""
        visitor = await self.visitor()
        opened = await sessions.open_session(self.site.ports, account)
        visitor.http.cookies.set(SESSION_COOKIE, opened.token)
        return visitor

    async def person(self, name: str, **changes: Any) -> tuple[Account, Visitor]:
        account = await self.build.account(name, **changes)
        return account, await self.member(account)

    async def write(self, account: Account, text: str, **values: Any) -> Entry:
        self.clock.advance(1)
        actor = Actor(account=account)
        return await posts.publish_post(self.site.ports, actor, posts.PublishPost(text=text, **values))

    async def follow(self, follower: Account, followee: Account) -> None:
        command = relations.RelationCommand(account_id=followee.id)
        await relations.follow(self.site.ports, Actor(account=follower), command)

    async def favourite(self, account: Account, post: Post) -> None:
        await reactions.favourite_post(
            self.site.ports, Actor(account=account), reactions.PostCommand(post_id=post.id)
        )


Open = Callable[..., contextlib.AbstractAsyncContextManager[House]]


@pytest.fixture(scope="session")
def plain_apps() -> list[AsgiApp]:
    """The application of sites without further plugins, for whoever takes it out: to build it takes longer
    than most of these tests. Two sites that run at once have one each.
    """
    return [make_app({"web": face})]


@pytest.fixture
def open_house(tmp_path: Path, plain_apps: list[AsgiApp]) -> Open:
    """`async with open_house(plugins={name: web face}, title=...) as house`; `given` are plugins without one,
    or with several faces.
    """

    @contextlib.asynccontextmanager
    async def opening(
        faces: Mapping[str, object] | None = None,
        *,
        given: Mapping[str, object] | None = None,
        installed: Sequence[str] = (),
        **site: Any,
    ) -> AsyncIterator[House]:
        only = PluginsConfig(only=("web", *installed, *(faces or {}), *(given or {})))
        chosen = {"name": "main", "storage": "memory:", "plugins": only, "signup_seconds": 0, **site}
        config = Config(data=tmp_path, secret_key=Secret("00" * 32))
        clock = FrozenClock()
        plugins = {**(given or {}), **{name: {"web": face} for name, face in (faces or {}).items()}}
        composed = compose_site(config, SiteConfig(**chosen), faces=("web",), plugins=plugins, clock=clock)
        surface = SURFACE
        async with contextlib.AsyncExitStack() as stack:
            if composed.faces.get(GROUP) == {"web": face} and plain_apps:
                plain = plain_apps.pop()
                stack.callback(plain_apps.append, plain)
                surface = msgspec.structs.replace(SURFACE, make_app=lambda faces: plain)
            app = await stack.enter_async_context(create_app([composed], [surface], server=ServerConfig()))
            yield House(composed, app, clock, stack)

    return opening


@pytest.fixture
async def house(open_house: Open) -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened


def without_markup(html: str) -> str:
    """The text of a page, spaces folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


__all__ = ["House", "Visibility", "Visitor"]
