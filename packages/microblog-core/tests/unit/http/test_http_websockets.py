"""WebSockets on their way to a surface: handshakes that fail, and what is known of good ones."""

from __future__ import annotations

from typing import Any

import pytest
from http_fakes import FakeSite, surface

from microblog_core.config import ServerConfig
from microblog_core.domain.errors import Unavailable
from microblog_core.http.app import create_app


async def handshake(handler: Any, **changes: Any) -> list[Any]:
    """All that the application sends when somebody wants a WebSocket of this handler."""
    app = create_app([FakeSite()], [surface(handler)], server=ServerConfig())  # type: ignore[list-item]
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "http_version": "1.1",
        "scheme": "wss",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "state": {},
        **changes,
    }
    async with app:
        await app(scope, receive, send)
    return sent


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    raise Unavailable("Not now.")


async def test_a_handshake_that_fails_is_answered_as_a_request_would_be() -> None:
    start, body = await handshake(refusing, extensions={"websocket.http.response": {}})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 503)
    assert (b"retry-after", b"5") in start["headers"]
    assert (body["type"], bool(body["body"])) == ("websocket.http.response.body", True)


async def test_a_handshake_that_fails_where_the_server_can_only_close_is_closed() -> None:
    assert await handshake(refusing) == [{"type": "websocket.close", "code": 1008}]


async def test_an_accepted_websocket_has_the_requests_id_and_addresses_like_a_page() -> None:
    state: dict[str, Any] = {}

    async def handler(scope: Any, receive: Any, send: Any) -> None:
        state.update(scope["state"])
        await send({"type": "websocket.accept"})

    (accepted,) = await handshake(handler)
    assert accepted["headers"] == [(b"x-request-id", state["request_id"].encode())]
    assert state["scheme"] == "https"


async def test_a_websocket_is_logged_without_its_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "microblog.access"):
        await handshake(refusing, query_string=b"access_token=s3cret&stream=user")
    (line,) = [each for each in caplog.records if each.name == "microblog.access"]
    assert line.fields["status"] == 503  # type: ignore[attr-defined]
    assert line.fields["target"] == "/?access_token=***&stream=user"  # type: ignore[attr-defined]
