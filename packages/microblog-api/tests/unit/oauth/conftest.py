"""A whole authorization server in process, applications, and people with browsers that know no JavaScript."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from microblog_api.app import SURFACE
from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import SYSTEM
from microblog_core.http.app import create_app
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.plugins.settings import Secret
from microblog_core.services import accounts, sessions
from microblog_core.site import Site, compose_site
from microblog_core.testing.browser import Form, Page
from microblog_core.testing.builder import FrozenClock

ORIGIN = "http://localhost:8000"
PASSWORD = "correct horse battery"
BACK = "https://elephant.example/back?from=here"
VERIFIER = "a-verifier-of-forty-three-letters-or-more-than-that"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class App:
    """A registered application, as its own server or phone would use it."""

    def __init__(self, http: httpx.AsyncClient, known: dict[str, Any]) -> None:
        self.http, self.known = http, known
        self.client_id: str = known["client_id"]
        self.secret: str = known.get("client_secret", "")

    @property
    def credentials(self) -> dict[str, str]:
        both = {"client_id": self.client_id, "client_secret": self.secret}
        return {name: value for name, value in both.items() if value}

    def asks(self, **changes: str) -> str:
        """The address that sends somebody to the consent page."""
        values = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "scope": "read write:statuses",
            "state": "a state & more",
            **changes,
        }
        return "/oauth/authorize?" + str(httpx.QueryParams({k: v for k, v in values.items() if v}))

    async def exchanges(self, code: str, **changes: Any) -> httpx.Response:
        values = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            **self.credentials,
            **changes,
        }
        return await self.http.post("/oauth/token", data={k: v for k, v in values.items() if v})


class Person:
    """Somebody's browser."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, *, follow: bool = True) -> Page:
        return _page(await self.http.get(path, follow_redirects=follow))

    async def post(self, path: str, fields: dict[str, str], *, origin: str = ORIGIN) -> Page:
        return _page(await self.http.post(path, data=fields, headers={"origin": origin}))

    async def submit(self, form: Form, **values: str) -> Page:
        """Send a form, by a button where its name and value are among `values`; redirects aren't followed."""
        assert not values.keys() - form.names, form.names
        return await self.post(form.action, {**form.fields, **values})

    async def allows(self, address: str) -> str:
        """Open the consent page, press the first button, and return the code that the application gets."""
        page = await self.get(address)
        answer = await self.submit(page.form("client_id"))
        return query_of(answer)["code"]


class House:
    """The site, applications and people."""

    def __init__(self, site: Site, app: Any, clock: FrozenClock, stack: contextlib.AsyncExitStack) -> None:
        self.site, self.app, self.clock, self._stack = site, app, clock, stack

    async def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)
        return await self._stack.enter_async_context(http)

    async def account(self, name: str = "ada") -> Account:
        command = accounts.CreateAccount(username=name, email=f"{name}@example.org", password=PASSWORD)
        return await accounts.create_account(self.site.ports, SYSTEM, command)

    async def visitor(self) -> Person:
        return Person(await self.client())

    async def person(self, account: Account) -> Person:
        """A browser in which this person is logged in."""
        person = await self.visitor()
        opened = await sessions.open_session(self.site.ports, account)
        # As the cookie jar keeps what this host sets, so that a new session replaces it.
        person.http.cookies.set(SESSION_COOKIE, opened.token, domain="localhost.local")
        return person

    async def registers(self, **changes: Any) -> App:
        http = await self.client()
        values = {
            "client_name": "Elephant",
            "redirect_uris": f"{BACK}\nelephant://\nurn:ietf:wg:oauth:2.0:oob",
            "scopes": "read write:statuses profile",
            "website": "https://elephant.example",
            **changes,
        }
        answer = await http.post("/api/v1/apps", data={k: v for k, v in values.items() if v})
        assert answer.status_code == 200, answer.text
        return App(http, answer.json())

    async def token(self, account: Account, **changes: Any) -> str:
        """A person's token for the resources of the API."""
        app = await self.registers()
        code = await (await self.person(account)).allows(app.asks(**changes))
        token: str = (await app.exchanges(code)).json()["access_token"]
        return token

    async def with_token(self, token: str) -> httpx.AsyncClient:
        return await self.client(authorization=f"Bearer {token}")


def _page(answer: httpx.Response) -> Page:
    return Page(
        answer.request.url.raw_path.decode(), answer.status_code, dict(answer.headers), answer.content
    )


def query_of(page: Page) -> dict[str, str]:
    """The parameters of the address that an answer leads to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.headers["location"]).query).items()}


Open = Callable[..., contextlib.AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(tmp_path: Path) -> Open:
    """`async with open_house("api", "web", faces={name: api face}, base_url=...) as house`."""

    @contextlib.asynccontextmanager
    async def opening(
        *only: str, faces: dict[str, object] | None = None, **site: Any
    ) -> AsyncIterator[House]:
        names = (*(only or ("api",)), *(faces or {}))
        chosen = {"name": "main", "storage": "memory:", "plugins": PluginsConfig(only=names), **site}
        config = Config(data=tmp_path, secret_key=Secret("00" * 32))
        clock = FrozenClock()
        composed = compose_site(
            config,
            SiteConfig(**chosen),
            faces=("api", "web"),
            plugins={name: {"api": face} for name, face in (faces or {}).items()},
            clock=clock,
        )
        async with contextlib.AsyncExitStack() as stack:
            app = await stack.enter_async_context(create_app([composed], [SURFACE], server=ServerConfig()))
            yield House(composed, app, clock, stack)

    return opening


@pytest.fixture
async def house(open_house: Open) -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened
