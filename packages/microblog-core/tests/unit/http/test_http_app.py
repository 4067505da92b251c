from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import pytest
from http_fakes import FakeSite, read_body, respond, serving, surface

from microblog_core.config import ServerConfig
from microblog_core.domain.errors import ConfigurationError, Forbidden, PluginError, RateLimited, Unavailable
from microblog_core.http.app import create_app
from microblog_core.http.cookies import set_cookie


async def test_a_surface_gets_the_site_the_request_id_and_the_visitor_in_the_scope() -> None:
    seen: dict[str, Any] = {}

    async def handler(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope["state"])
        await respond(send)

    site = FakeSite()
    async with serving(handler, site) as http:
        answer = await http.get("/x")
    assert seen["site"] is site
    assert seen["client"] == "127.0.0.1"
    assert (seen["scheme"], seen["host"]) == ("http", "localhost:8000")
    assert answer.headers["x-request-id"] == seen["request_id"]


async def test_every_answer_has_security_headers_and_an_id_of_its_own() -> None:
    async with serving() as http:
        first, second = await http.get("/"), await http.get("/")
    assert first.headers["content-security-policy"].startswith("default-src 'self'")
    assert first.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in first.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_over_https_browsers_are_told_to_stay_there() -> None:
    async with serving(base_url="https://localhost") as http:
        assert "strict-transport-security" in (await http.get("/")).headers


async def test_an_unexpected_exception_is_a_500_in_the_surfaces_format_that_leaks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("the password is hunter2")

    with caplog.at_level(logging.ERROR, "microblog.http"):
        async with serving(handler) as http:
            answer = await http.get("/boom?token=abc")
    assert answer.status_code == 500
    assert answer.text == "internal_error: Something went wrong on our side."
    assert answer.headers["x-request-id"] in caplog.text
    assert "hunter2" in caplog.text
    assert "token=abc" not in caplog.records[0].getMessage()


async def test_errors_raised_on_purpose_keep_their_status() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        raise {
            "/forbidden": Forbidden("no"),
            "/often": RateLimited("wait", retry_after=7.2),
            "/down": Unavailable("down"),
        }[scope["path"]]

    async with serving(handler) as http:
        assert (await http.get("/forbidden")).status_code == 403
        often = await http.get("/often")
        assert (often.status_code, often.headers["retry-after"]) == (429, "8")
        down = await http.get("/down")
        assert (down.status_code, down.headers["retry-after"]) == (503, "5")


async def test_half_an_answer_is_cut_off_instead_of_completed() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("in the middle")

    app = create_app([FakeSite()], [surface(handler)], server=ServerConfig())  # type: ignore[list-item]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async with app:
        with pytest.raises(ValueError, match="in the middle"):
            await app(_scope("/"), None, send)  # type: ignore[arg-type]
    assert sent == ["http.response.start"]


async def test_a_declared_body_above_the_limit_is_refused_unread() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("reached")

    async with serving(surfaces=(surface(handler, body_limit=10),)) as http:
        answer = await http.post("/", content=b"x" * 11)
    assert answer.status_code == 413
    assert answer.text == "too_large: The request is larger than 10 bytes."


async def test_a_streamed_body_above_the_limit_is_refused_though_the_framework_swallows_the_error() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        try:
            await read_body(receive)
        except Exception:
            await respond(send, b"my own idea", 500)

    async def pieces() -> Any:
        for _ in range(3):
            yield b"12345"

    async with serving(surfaces=(surface(handler, body_limit=10),)) as http:
        answer = await http.post("/", content=pieces())
    assert answer.status_code == 413
    assert answer.text.startswith("too_large")


async def test_a_body_at_the_limit_arrives_whole() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        await respond(send, await read_body(receive))

    async with serving(surfaces=(surface(handler, body_limit=10),)) as http:
        assert (await http.post("/", content=b"0123456789")).content == b"0123456789"


async def test_hosts_that_no_site_names_are_421_in_the_surfaces_format() -> None:
    async with serving(None, FakeSite(hosts=("one.example",))) as http:
        assert (await http.get("/", headers={"host": "one.example:99"})).status_code == 200
        other = await http.get("/", headers={"host": "two.example"})
    assert other.status_code == 421
    assert other.text.startswith("misdirected")


async def test_two_sites_are_told_apart_by_host() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        await respond(send, scope["state"]["site"].name.encode())

    sites = (FakeSite("one", hosts=("one.example",)), FakeSite("two", hosts=("two.example", "three.example")))
    async with serving(handler, *sites) as http:
        for host, name in (("one.example", "one"), ("TWO.example.", "two"), ("three.example:8", "two")):
            assert (await http.get("/", headers={"host": host})).text == name


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/%ff", 400),
        (b"/a%00b", 400),
        (b"/?q=%ff", 400),
        (b"/?q=%00", 400),
        (b"/?q=%C3%A4+%", 200),
        (b"/%C3%A4", 200),
    ],
)
async def test_addresses_that_are_no_text_are_400(path: bytes, status: int) -> None:
    async with serving() as http:
        answer = await http.get("http://localhost:8000" + path.decode())
    assert answer.status_code == status


async def test_absurd_headers_and_addresses_are_refused() -> None:
    async with serving() as http:
        assert (await http.get("/", headers={"x-long": "a" * 40_000})).status_code == 431
        assert (await http.get("/" + "a" * 10_000)).status_code == 414
        assert (await http.post("/", headers={"content-length": "-5"})).status_code == 400
        assert (await http.get("/", headers={"host": "a b"})).status_code == 400
        assert (await http.get("/", headers=[("host", "a"), ("host", "b")])).status_code == 400


async def test_what_other_processes_changed_is_dropped_before_the_surface_reads_the_cache() -> None:
    site = FakeSite()
    storage = site.ports.storage
    found: list[object] = []

    async def handler(scope: Any, receive: Any, send: Any) -> None:
        found.append(site.ports.cache.get("key"))
        await respond(send)

    def keep() -> None:
        site.ports.cache.fill().put("key", "value", ("tag",))

    async with serving(handler, site) as http:
        for stale in (frozenset(), frozenset({"other"}), frozenset({"tag"}), None):
            keep()
            storage.stale_keys = lambda stale=stale: stale  # type: ignore[method-assign]
            await http.get("/")
    assert found == ["value", "value", None, None]


async def test_cookies_set_anywhere_leave_with_the_answer_and_forbid_keeping_it() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        set_cookie(scope, "one", "1", max_age=5)
        set_cookie(scope, "two", "2")
        await respond(send)

    async with serving(handler) as http:
        answer = await http.get("/")
    assert answer.headers.get_list("set-cookie") == [
        "one=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=5",
        "two=2; Path=/; HttpOnly; SameSite=Lax",
    ]
    assert answer.headers["cache-control"] == "private, no-store"


async def test_proxies_are_believed_only_if_they_are_trusted() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        state = scope["state"]
        await respond(
            send, f"{state['client']} {state['scheme']} {state['host']} {state['request_id']}".encode()
        )

    fields = {
        "x-forwarded-for": "6.6.6.6, 192.0.2.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "public.example",
        "x-request-id": "from-the-proxy-1",
    }
    async with serving(handler, server=ServerConfig(proxies=("127.0.0.1",))) as http:
        assert (await http.get("/", headers=fields)).text == "192.0.2.7 https public.example from-the-proxy-1"
    async with serving(handler, server=ServerConfig(proxies=("10.0.0.0/8",))) as http:
        answer = (await http.get("/", headers=fields)).text
    assert answer.startswith("127.0.0.1 http localhost:8000 ")
    assert "proxy" not in answer


async def test_an_unknown_path_is_404_in_plain_html_where_no_surface_is() -> None:
    async with serving(surfaces=(surface(lambda *_: respond(_[2]), mounts=("/api",)),)) as http:
        answer = await http.get("/elsewhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_head_answers_to_errors_have_no_body() -> None:
    async with serving(surfaces=(surface(lambda *_: respond(_[2]), mounts=("/api",)),)) as http:
        answer = await http.head("/elsewhere")
    assert (answer.status_code, answer.content) == (404, b"")


async def test_sites_open_first_and_close_last() -> None:
    order: list[str] = []

    class Watched(FakeSite):
        async def open(self) -> None:
            order.append("site opens")

        async def close(self) -> None:
            order.append("site closes")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        order.append("surface starts")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        order.append("surface stops")
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def job_runner(site: Any) -> Any:
        order.append("jobs run")
        yield
        order.append("jobs stop")

    made = surface(app, make_app=lambda faces: app)
    application = create_app([Watched()], [made], server=ServerConfig(), background=[job_runner])  # type: ignore[list-item]
    async with application:
        assert application.ready
    assert not application.ready
    assert order == ["site opens", "surface starts", "jobs run", "jobs stop", "surface stops", "site closes"]


async def test_what_was_opened_is_closed_when_the_start_fails() -> None:
    first = FakeSite("one", hosts=("one.example",))

    class Broken(FakeSite):
        async def open(self) -> None:
            raise Unavailable("no storage")

    app = create_app([first, Broken("two", hosts=("two.example",))], [], server=ServerConfig())  # type: ignore[list-item]
    with pytest.raises(Unavailable):
        async with app:
            pass
    assert (first.opened, first.closed) == (1, 1)


async def test_a_server_may_drive_the_lifespan_itself() -> None:
    site = FakeSite()
    app = create_app([site], [], server=ServerConfig())  # type: ignore[list-item]
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    sent: asyncio.Queue[Any] = asyncio.Queue()
    running = asyncio.create_task(app({"type": "lifespan"}, inbox.get, sent.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await sent.get())["type"] == "lifespan.startup.complete"
    assert site.opened == 1
    await inbox.put({"type": "lifespan.shutdown"})
    assert (await sent.get())["type"] == "lifespan.shutdown.complete"
    await running
    assert site.closed == 1


async def test_a_start_that_fails_is_told_to_the_server_with_its_reason() -> None:
    class Broken(FakeSite):
        async def open(self) -> None:
            raise ConfigurationError("migrate first")

    app = create_app([Broken()], [], server=ServerConfig())  # type: ignore[list-item]
    sent: asyncio.Queue[Any] = asyncio.Queue()

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    await app({"type": "lifespan"}, receive, sent.put)
    assert sent.get_nowait() == {"type": "lifespan.startup.failed", "message": "migrate first"}


async def test_websockets_reach_the_surface_of_their_site_and_are_refused_elsewhere() -> None:
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "site": scope["state"]["site"].name})

    app = create_app([FakeSite(hosts=("one.example",))], [surface(handler)], server=ServerConfig())  # type: ignore[list-item]
    async with app:
        for host, kind in ((b"one.example", "websocket.accept"), (b"two.example", "websocket.close")):
            sent: asyncio.Queue[Any] = asyncio.Queue()

            async def receive() -> Any:
                return {"type": "websocket.connect"}

            await app({**_scope("/"), "type": "websocket", "headers": [(b"host", host)]}, receive, sent.put)
            assert sent.get_nowait()["type"] == kind


async def test_a_request_before_the_start_is_503() -> None:
    app = create_app([FakeSite()], [surface(lambda *_: respond(_[2]))], server=ServerConfig())  # type: ignore[list-item]
    sent: asyncio.Queue[Any] = asyncio.Queue()
    await app(_scope("/"), None, sent.put)  # type: ignore[arg-type]
    assert sent.get_nowait()["status"] == 503


async def test_a_surface_that_cannot_be_built_fails_the_start_by_name() -> None:
    def make_app(faces: Any) -> Any:
        raise KeyError("x")

    app = create_app([FakeSite()], [surface(respond, make_app=make_app)], server=ServerConfig())  # type: ignore[list-item]
    with pytest.raises(PluginError, match="'test'"):
        async with app:
            pass


def _scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
