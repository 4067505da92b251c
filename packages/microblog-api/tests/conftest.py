from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest

from microblog_api.app import SURFACE, make_app
from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.contributions import Manifest
from microblog_core.domain.accounts import Account
from microblog_core.domain.permissions import SYSTEM
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.plugins.settings import Secret
from microblog_core.services import accounts
from microblog_core.site import compose_site
from microblog_core.testing.tokens import make_token

ALL_SCOPES = "read write follow push profile"


@pytest.fixture
def serving(tmp_path: Path) -> Any:
    """`async with serving(**site) as http`: a client for the API alone, composed on memory. What is in
    `handlers` stands below `/api/x/test`, and `authenticators` are asked who it is; `processors` make
    pictures, and `link_previews` know what links show.
    """

    @contextlib.asynccontextmanager
    async def serve(
        handlers: Sequence[Any] = (),
        authenticators: Sequence[Any] = (),
        processors: Sequence[Any] = (),
        link_previews: Sequence[Any] = (),
        **site: Any,
    ) -> Any:
        config = Config(data=tmp_path, secret_key=Secret("00" * 32))
        chosen = {
            "name": "main",
            "storage": "memory:",
            "plugins": PluginsConfig(only=("api", "test")),
            **site,
        }
        plugin = SimpleNamespace(
            PLUGIN=Manifest(name="test"),
            register_authenticators=hookimpl(lambda: authenticators),
            register_media_processors=hookimpl(lambda: processors),
            register_link_previews=hookimpl(lambda: link_previews),
        )
        composed = compose_site(config, SiteConfig(**chosen), faces=("api",), plugins={"test": plugin})
        face = SimpleNamespace(register_resources=hookimpl(lambda: handlers))
        surface = msgspec.structs.replace(
            SURFACE, make_app=lambda faces: make_app({**faces, "test": face} if handlers else faces)
        )
        app = create_app([composed], [surface], server=ServerConfig())
        async with app:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
                http.site = composed  # type: ignore[attr-defined]
                yield http

    return serve


class Person:
    """Somebody's app: an account and a client that shows its token."""

    def __init__(self, account: Account, http: httpx.AsyncClient) -> None:
        self.account, self.http = account, http
        self.id = str(account.id)

    async def ask(self, method: str, path: str, *, expect: int = 200, **sent: Any) -> Any:
        """The JSON of an answer, which must have this status."""
        answer = await self.http.request(method, path, **sent)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def get(self, path: str, *, expect: int = 200, **query: Any) -> Any:
        return await self.ask("GET", path, expect=expect, params=query)

    async def post(self, path: str, *, expect: int = 200, **form: Any) -> Any:
        return await self.ask("POST", path, expect=expect, data=form)

    async def write(self, text: str, **form: Any) -> Any:
        return await self.post("/api/v1/statuses", status=text, **form)


class Api:
    """The API of a site in memory, and people with apps."""

    def __init__(self, http: Any, stack: contextlib.AsyncExitStack) -> None:
        self.http, self.site, self._stack = http, http.site, stack

    async def person(self, name: str, scopes: str = ALL_SCOPES, **values: Any) -> Person:
        command = accounts.CreateAccount(
            username=name, email=f"{name}@example.org", password="correct horse", **values
        )
        account = await accounts.create_account(self.site.ports, SYSTEM, command)
        return await self.app_of(account, scopes)

    async def people(self, *names: str) -> list[Person]:
        return [await self.person(name) for name in names]

    async def app_of(self, account: Account, scopes: str = ALL_SCOPES) -> Person:
        """An app of this person."""
        token = await make_token(self.site.ports, account, scopes)
        http = httpx.AsyncClient(
            transport=self.http._transport,
            base_url=self.http.base_url,
            headers={"authorization": f"Bearer {token}"},
        )
        return Person(account, http)

    async def anonymous(self, path: str, *, expect: int = 200, **query: Any) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == expect, answer.text
        return answer.json()


@pytest.fixture
def make_api() -> type[Api]:
    """What makes an `Api` of a client that `serving` gave."""
    return Api


@pytest.fixture
async def api(serving: Any) -> AsyncIterator[Api]:
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(serving())
        yield Api(http, stack)
