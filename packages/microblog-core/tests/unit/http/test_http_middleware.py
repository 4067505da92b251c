from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from http_fakes import FakeSite, read_body, respond

from microblog_core.config import ServerConfig
from microblog_core.contributions import Rejection
from microblog_core.http.middleware import SiteMiddleware
from microblog_core.http.scope import site_of
from microblog_core.http.sessions import identify, log_in


@asynccontextmanager
async def around(app: Any, site: FakeSite, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    site.server = ServerConfig()  # type: ignore[attr-defined]
    middleware = SiteMiddleware(app, site, **{"background": (), **more})  # type: ignore[arg-type]
    async with middleware:
        transport = httpx.ASGITransport(app=middleware)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
            yield http


async def whoever(scope: Any, receive: Any, send: Any) -> None:
    """Says who somebody is; logs in as `ada` after `POST /login`."""
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan here")
    if scope["path"] == "/login":
        await read_body(receive)
        await log_in(scope, await site_of(scope).world.sign_up("ada"))
    visitor = await identify(scope)
    await respond(send, (visitor.account.username if visitor.account else "nobody").encode())


async def test_handlers_know_site_and_visitor_and_cookies_go_out_with_their_answers(site: FakeSite) -> None:
    async with around(whoever, site) as http:
        assert (await http.get("/")).text == "nobody"
        assert (await http.post("/login")).text == "ada"
        answer = await http.get("/")
    assert answer.text == "ada"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (site.opened, site.closed) == (1, 1)


async def test_what_core_answers_itself_never_reaches_the_application(site: FakeSite) -> None:
    async with around(whoever, site, body_limit=10) as http:
        assert (await http.get("/health/live")).json() == {"status": "ok"}
        assert (await http.get("/media/none.png")).status_code == 404
        refused = await http.post("/login", content=b"x" * 11)
    assert refused.status_code == 413
    assert "larger than 10 bytes" in refused.text


async def test_the_application_may_draw_refusals_itself(site: FakeSite) -> None:
    def draw(scope: Any, error: Any) -> Rejection:
        return Rejection(status=error.status, headers=(), body=error.code.encode())

    async with around(whoever, site, body_limit=10, render_error=draw) as http:
        assert (await http.post("/login", content=b"x" * 11)).text == "too_large"


async def test_the_application_lives_within_the_life_of_the_site(site: FakeSite) -> None:
    seen: list[tuple[str, int, int]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        for kind in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{kind}"
            seen.append((kind, site.opened, site.closed))
            await send({"type": f"lifespan.{kind}.complete"})

    async with around(app, site):
        assert seen == [("startup", 1, 0)]
    assert seen[1:] == [("shutdown", 1, 0)]
    assert site.closed == 1
