from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from http_fakes import FakeSite

from microblog_core.config import ServerConfig
from microblog_core.domain.errors import RateLimited
from microblog_core.http import csrf
from microblog_core.http.scope import header
from microblog_core.http.sessions import SESSION_COOKIE, identify, log_in
from microblog_core.http.wsgi import WsgiSite, scope_of
from microblog_core.sync import Portal


class Answer:
    """What came out of a WSGI application."""

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


Ask = Callable[..., Answer]


@pytest.fixture
def portal(site: FakeSite) -> Iterator[Portal]:
    site.server = ServerConfig(proxies=("10.0.0.0/8",))  # type: ignore[attr-defined]
    portal = Portal(site)  # type: ignore[arg-type]
    yield portal
    portal.close()


def asking(application: Any, portal: Portal, **more: Any) -> Ask:
    """A client for the application with the site around it; both sides are held to PEP 3333."""
    wrapped = validator(WsgiSite(validator(application), portal, **more))

    def ask(path: str = "/", method: str = "GET", body: bytes = b"", **fields: str) -> Answer:
        environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, "REMOTE_ADDR": "127.0.0.1"}
        environ |= {"HTTP_HOST": "localhost:8000", "SERVER_PROTOCOL": "HTTP/1.1"}
        environ |= {"QUERY_STRING": "", "SCRIPT_NAME": ""}
        if method == "POST":
            environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        environ |= {name.upper(): value for name, value in fields.items()}
        setup_testing_defaults(environ)
        said: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said[:] = [status, headers]
            return lambda data: None

        parts = wrapped(environ, start)
        whole = b"".join(parts)
        parts.close()
        return Answer(said[0], said[1], whole)

    return ask


def saying(text: Callable[[Any], str]) -> Any:
    """An application that says something about the scope of each request."""

    def application(environ: Any, start_response: Any) -> list[bytes]:
        body = text(scope_of(environ)).encode()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    return application


def test_who_logs_in_is_known_with_the_next_request(portal: Portal, site: FakeSite) -> None:
    def who(scope: Any) -> str:
        if scope["path"] == "/login":
            portal.call(log_in, scope, portal.call(site.world.sign_up, "ada"))
        visitor = portal.call(identify, scope)
        return visitor.account.username if visitor.account else "nobody"

    ask = asking(saying(who), portal)
    assert ask().body == b"nobody"
    entered = ask("/login", "POST")
    (cookie,) = (line for line in entered.all("set-cookie") if line.startswith(SESSION_COOKIE))
    assert entered.all("cache-control") == ["private, no-store"]
    assert ask(http_cookie=cookie.partition(";")[0]).body == b"ada"
    assert (site.opened, site.closed) == (1, 0)
    portal.close()
    assert site.closed == 1


def test_a_forged_form_is_refused_with_a_page(portal: Portal) -> None:
    ask = asking(saying(lambda scope: str(portal.call(csrf.check, scope, "made up"))), portal)
    refused = ask("/posts", "POST", b"text=x")
    assert refused.status == "403 Forbidden"
    assert b"by another page" in refused.body
    assert refused.all("content-type") == ["text/html; charset=utf-8"]


def test_the_scope_says_what_the_request_said(portal: Portal) -> None:
    def said(scope: Any) -> str:
        return f"{scope['path']}?{scope['query_string'].decode()} {header(scope, b'accept-language')}"

    ask = asking(saying(said), portal)
    path = "/tags/grün".encode().decode("latin-1")
    answer = ask(path, query_string="a=b%20c", http_accept_language="de")
    assert answer.body.decode() == "/tags/grün?a=b%20c de"
    assert answer.all("x-content-type-options") == ["nosniff"]


@pytest.mark.parametrize(("proxy", "client"), [("10.0.0.1", "192.0.2.9"), ("198.51.100.1", "198.51.100.1")])
def test_only_proxies_that_are_ours_say_who_the_visitor_is(portal: Portal, proxy: str, client: str) -> None:
    ask = asking(saying(lambda scope: scope["state"]["client"]), portal)
    assert ask(remote_addr=proxy, http_x_forwarded_for="192.0.2.9").body.decode() == client


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"http_host": "not a host"}, "400 Bad Request"),
        ({"path": "/caf\xe9"}, "400 Bad Request"),
        ({"method": "POST", "body": b"x" * 11}, f"413 {HTTPStatus(413).phrase}"),
        ({"http_cookie": "x" * 40_000}, "431 Request Header Fields Too Large"),
    ],
)
def test_what_no_surface_would_get_the_application_does_not_get(
    portal: Portal, fields: Any, status: str
) -> None:
    ask = asking(saying(lambda scope: "never said"), portal, body_limit=10)
    refused = ask(**fields)
    assert refused.status == status
    assert b"never said" not in refused.body


def test_pages_that_mails_lead_to_are_answered_with_their_forms(portal: Portal) -> None:
    ask = asking(saying(lambda scope: "not mine"), portal)
    assert b"A new password" in ask("/password/forgot").body
    posted = ask("/password/forgot", "POST", b"name=ada")
    assert (posted.status, b"not mine" in posted.body) == ("200 OK", False)
    assert ask("/health/live").body == b'{"status":"ok"}'


def test_an_error_that_nobody_caught_is_a_page_and_not_a_traceback(
    portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(environ: Any, start_response: Any) -> list[bytes]:
        raise RateLimited("Slow down.", retry_after=7.0, hint="Wait.")

    limited = asking(busy, portal)()
    assert limited.status == "429 Too Many Requests"
    assert limited.all("retry-after") == ["8"]

    def broken(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ValueError("the password is hunter2")

    failed = asking(broken, portal)()
    assert failed.status == "500 Internal Server Error"
    assert b"hunter2" not in failed.body
    assert "hunter2" in caplog.text
