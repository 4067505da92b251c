"""Somebody who listens, without a server: the application is called as a server would call it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

SECONDS = 5.0


class Reader:
    """A connection to `app`. `sent` gets each message that it answers with."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self.task = asyncio.create_task(app(scope, self.said.get, self.sent.put))

    async def message(self) -> Any:
        """The next message of the application; raises what it raised."""
        getting = asyncio.ensure_future(self.sent.get())
        await asyncio.wait((getting, self.task), timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not getting.done() and not self.task.done():
            raise TimeoutError
        if not getting.done():
            getting.cancel()
            self.task.result()
            raise EOFError
        return getting.result()

    async def end(self) -> None:
        """Leave, and wait until the application is done."""
        await asyncio.wait_for(self.task, SECONDS)


def scope_of(kind: str, path: str, token: str | None, **query: object) -> dict[str, Any]:
    headers = [(b"host", b"localhost:8000")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope: dict[str, Any] = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query).encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
        "extensions": {"websocket.http.response": {}},
    }
    return scope | ({"method": "GET"} if kind == "http" else {"subprotocols": []})


class Events(Reader):
    """Server-sent events."""

    def __init__(
        self, app: Any, path: str, token: str | None = None, *, form: bytes = b"", **query: object
    ) -> None:
        scope = scope_of("http", f"/api/v1/streaming{path}", token, **query)
        if form:
            scope["headers"].append((b"content-type", b"application/x-www-form-urlencoded"))
        super().__init__(app, scope)
        self._waiting: list[str] = []
        self.said.put_nowait({"type": "http.request", "body": form, "more_body": False})

    async def opened(self) -> Events:
        start = await self.message()
        assert start["status"] == 200, start
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        assert (await self.message())["body"] == b":)\n"
        return self

    async def event(self) -> tuple[str, Any]:
        """The next event's name and its payload out of JSON. Several may have come in one piece."""
        if not self._waiting:
            body = (await self.message())["body"].decode()
            *self._waiting, rest = body.split("\n\n")
            assert self._waiting and rest == "", body
        first, second = self._waiting.pop(0).split("\n")
        assert first.startswith("event: ") and second.startswith("data: ")
        data = second.removeprefix("data: ")
        return first.removeprefix("event: "), None if data == "undefined" else json.loads(data)

    async def refused(self) -> tuple[int, str]:
        """The status and error of an answer that is no stream."""
        start, body = await self.message(), await self.message()
        return start["status"], json.loads(body["body"])["error"]

    def leave(self) -> None:
        self.said.put_nowait({"type": "http.disconnect"})


class Socket(Reader):
    """A WebSocket."""

    def __init__(
        self,
        app: Any,
        token: str | None = None,
        *,
        path: str = "/api/v1/streaming",
        subprotocols: Sequence[str] = (),
        **query: object,
    ) -> None:
        scope = scope_of("websocket", path, token, **query)
        if subprotocols:
            scope["subprotocols"] = list(subprotocols)
            scope["headers"].append((b"sec-websocket-protocol", ", ".join(subprotocols).encode()))
        super().__init__(app, scope)
        self.said.put_nowait({"type": "websocket.connect"})

    async def opened(self) -> Socket:
        self.accepted = await self.message()
        assert self.accepted["type"] == "websocket.accept", self.accepted
        return self

    def say(self, text: str | None = None, **message: object) -> None:
        self.said.put_nowait({"type": "websocket.receive", "text": text or json.dumps(message)})

    async def subscribe(self, stream: str, **more: object) -> None:
        self.say(type="subscribe", stream=stream, **more)
        await self.settled()

    async def settled(self) -> None:
        """Wait until everything that was said has been heard."""
        self.say(type="nothing")
        while "Unknown message type" not in (answer := await self.text()):
            raise AssertionError(answer)

    async def text(self) -> str:
        message = await self.message()
        assert message["type"] == "websocket.send", message
        return str(message["text"])

    async def event(self) -> tuple[list[str], str, Any]:
        """The next event: its stream, its name, its payload out of JSON."""
        told = json.loads(await self.text())
        assert set(told) <= {"stream", "event", "payload"}, told
        payload = json.loads(told["payload"]) if "payload" in told else None
        return told["stream"], told["event"], payload

    async def error(self) -> tuple[str, int]:
        told = json.loads(await self.text())
        return told["error"], told["status"]

    async def closed(self) -> int:
        message = await self.message()
        assert message["type"] == "websocket.close", message
        return int(message["code"])

    async def refused(self) -> tuple[int, str]:
        start, body = await self.message(), await self.message()
        assert start["type"] == "websocket.http.response.start"
        return start["status"], json.loads(body["body"])["error"]

    def leave(self) -> None:
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1005})
