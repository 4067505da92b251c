"""What the tests of `http` share: a site without composition, surfaces made of a function, and a client."""

from __future__ import annotations

import contextlib
import hashlib
from types import SimpleNamespace
from typing import Any

import httpx

from microblog_core.config import ServerConfig, SiteConfig
from microblog_core.contributions import AsgiApp, Rejection, Surface
from microblog_core.defaults.password_login import PasswordLogin
from microblog_core.http.app import Application, create_app
from microblog_core.http.pages import PlainPages
from microblog_core.http.sessions import SessionAuthenticator
from microblog_core.plugins.observing import Observers
from microblog_core.testing.world import World, make_ports


class FakeSite:
    """Has what `http` uses of a `Site`. `opened` and `closed` count."""

    def __init__(self, name: str = "main", **config: Any) -> None:
        self.name = name
        self.config = SiteConfig(name=name, **config)
        self.ports = make_ports()
        self.world = World(self.ports)
        self.authenticators: tuple[Any, ...] = (SessionAuthenticator(lambda: self.ports),)
        self.login_methods: tuple[Any, ...] = (PasswordLogin(lambda: self.ports),)
        self.health_checks: tuple[Any, ...] = ()
        self.contributions = SimpleNamespace(second_factors=())
        self.faces: dict[str, dict[str, object]] = {}
        self.report: tuple[Any, ...] = ()
        self.page_renderer = PlainPages()
        self.observers = Observers()
        self.keys = [b"key"]
        self.opened = self.closed = 0

    def secret(self, purpose: str) -> bytes:
        return self.secrets(purpose)[0]

    def secrets(self, purpose: str) -> tuple[bytes, ...]:
        return tuple(
            hashlib.sha256(key + purpose.encode() + self.name.encode()).digest() for key in self.keys
        )

    async def open(self) -> None:
        self.opened += 1

    async def close(self) -> None:
        self.closed += 1


async def read_body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def respond(send: Any, body: bytes = b"ok", status: int = 200, headers: Any = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def surface(
    handler: AsgiApp, *, name: str = "test", mounts: tuple[str, ...] = ("/",), **more: Any
) -> Surface:
    """A surface of one function for requests, without a lifespan; its errors are `CODE: message`."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan here")
        await handler(scope, receive, send)

    def render_error(scope: Any, error: Any) -> Rejection:
        body = f"{error.code}: {error.message}".encode()
        return Rejection(status=error.status, headers=[(b"content-type", b"text/plain")], body=body)

    return Surface(
        name=name, mounts=mounts, **{"make_app": lambda faces: app, "render_error": render_error, **more}
    )


@contextlib.asynccontextmanager
async def serving(
    handler: AsgiApp | None = None,
    *sites: FakeSite,
    surfaces: tuple[Surface, ...] = (),
    base_url: str = "http://localhost:8000",
    client: tuple[str, int] = ("127.0.0.1", 1234),
    server: ServerConfig | None = None,
    **more: Any,
) -> Any:
    """A client for an open application around one handler, or around surfaces."""
    made = surfaces or (surface(handler or (lambda scope, receive, send: respond(send))),)
    app: Application = create_app(sites or (FakeSite(),), made, server=server or ServerConfig(), **more)  # type: ignore[arg-type]
    async with app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=client)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as http:
            http.app = app  # type: ignore[attr-defined]
            yield http


def scope_for(site: FakeSite, *, scheme: str = "http", **headers: str) -> dict[str, Any]:
    """A request's scope as the application hands it to a surface."""
    pairs = [(b"host", b"localhost:8000")]
    pairs += [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": pairs,
        "scheme": scheme,
        "state": {
            "site": site,
            "request_id": "12345678",
            "client": "192.0.2.1",
            "scheme": scheme,
            "host": "localhost:8000",
        },
    }


def cookies_set(scope: dict[str, Any]) -> dict[str, str]:
    """The cookies that wait to be set, name to value; a deleted one has an empty value."""
    pending = scope["state"].get("set_cookies", {})
    return {name: line.decode().partition(";")[0].partition("=")[2] for name, line in pending.items()}


def follow_up(scope: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The same browser's next request: what was set as cookies comes back."""
    jar = dict(scope["state"].get("cookies", {}))
    site = scope["state"]["site"]
    cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
    return scope_for(site, scheme=scope["state"]["scheme"], **cookie, **headers)
