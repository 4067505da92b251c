"""Streams over real connections: raw sockets, so that nothing stands between a test and what is sent."""

from __future__ import annotations

import base64
import json
import os
import socket
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

SECONDS = 15.0
TEXT, CLOSE = 1, 8


class _Connection:
    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.socket.sendall(request)
        self._data = b""
        self.head = self._until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])

    def _until(self, end: bytes) -> bytes:
        while end not in self._data:
            self._receive()
        found, _, self._data = self._data.partition(end)
        return found

    def _exactly(self, length: int) -> bytes:
        while len(self._data) < length:
            self._receive()
        found, self._data = self._data[:length], self._data[length:]
        return found

    def _receive(self) -> None:
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        self._data += piece

    def close(self) -> None:
        self.socket.close()

    def __enter__(self: Any) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _target(path: str, query: dict[str, object]) -> bytes:
    return f"/api/v1/streaming{path}{'?' + urlencode(query) if query else ''}".encode()


class Events(_Connection):
    """Server-sent events."""

    def __init__(self, port: int, path: str, token: str | None = None, **query: object) -> None:
        head = b"GET %b HTTP/1.1\r\nHost: localhost\r\n" % _target(path, query)
        if token is not None:
            head += b"Authorization: Bearer %b\r\n" % token.encode()
        super().__init__(port, head + b"\r\n")
        self._text = b""

    def _chunk(self) -> None:
        length = int(self._until(b"\r\n"), 16)
        self._text += self._exactly(length)
        self._exactly(2)
        if length == 0:
            raise EOFError

    def event(self) -> tuple[str, Any]:
        """The next event's name and its payload out of JSON. Raises `EOFError` where the stream ends well."""
        name = ""
        while True:
            while b"\n" not in self._text:
                self._chunk()
            line, _, self._text = self._text.partition(b"\n")
            if line.startswith(b"event: "):
                name = line[7:].decode()
            elif line.startswith(b"data: "):
                return name, None if line == b"data: undefined" else json.loads(line[6:])

    def body(self, length: int) -> bytes:
        """The beginning of an answer that is no stream."""
        return self._exactly(length)


class Socket(_Connection):
    """A WebSocket (RFC 6455)."""

    def __init__(self, port: int, token: str | None = None, *, protocol: str = "", **query: object) -> None:
        head = (
            b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n"
        ) % (_target("", query), base64.b64encode(os.urandom(16)))
        if token is not None:
            head += b"Authorization: Bearer %b\r\n" % token.encode()
        if protocol:
            head += b"Sec-WebSocket-Protocol: %b\r\n" % protocol.encode()
        super().__init__(port, head + b"\r\n")

    def frame(self) -> tuple[int, bytes]:
        """The next frame: its kind and what it holds."""
        first, length = self._exactly(2)
        if length == 126:
            length = int.from_bytes(self._exactly(2), "big")
        elif length == 127:
            length = int.from_bytes(self._exactly(8), "big")
        return first & 0x0F, self._exactly(length)

    def message(self) -> Any:
        """The next message out of JSON."""
        kind, data = self.frame()
        assert kind == TEXT, (kind, data)
        return json.loads(data)

    def event(self) -> tuple[str, Any]:
        """The next event's name and its payload out of JSON."""
        told = self.message()
        return told["event"], json.loads(told["payload"]) if "payload" in told else None

    def closed(self) -> int:
        """Why it is closed: the next frame must say so."""
        kind, data = self.frame()
        assert kind == CLOSE, (kind, data)
        return int.from_bytes(data[:2], "big")

    def say(self, **message: object) -> None:
        """Send a message in JSON."""
        data = json.dumps(message).encode()
        assert len(data) < 126
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | TEXT, 0x80 | len(data)]) + mask + masked)
