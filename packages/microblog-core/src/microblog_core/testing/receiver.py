"""A real HTTP server for tests that takes what the site sends: web hooks, pushes. It has switches for
everything that such a server may do to its clients.

    with Receiver() as receiver:
        ...                         # let something POST to receiver.url
        (request,) = receiver.wait_for(1)
        assert request.headers["content-type"] == "application/json"

It runs in threads of its own, so it serves tests with an event loop, without one, and other processes.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

HANG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; header fields by their names in lower case. `answered` is the status that it
    got.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    answered: int


class Receiver:
    """Takes POST requests on 127.0.0.1:`port` and keeps in `requests` those that it answered.

    The switches may be changed at any time: `status` is what is answered, with the header fields `answer`;
    `hangs` makes it read requests and answer none until it is set to False. `tried` counts requests,
    answered or not, `inside` and `most_inside` those at the same time. With `context` it speaks TLS.
    """

    def __init__(self, *, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.requests: list[Received] = []
        self.status = 204
        self.answer: dict[str, str] = {}
        self.body = b""
        self.tried = self.inside = self.most_inside = 0
        self._context = context
        self._changed = threading.Condition()
        self._goes_on = threading.Event()
        self._goes_on.set()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    @property
    def hangs(self) -> bool:
        """Whether requests get no answer now."""
        return not self._goes_on.is_set()

    @hangs.setter
    def hangs(self, value: bool) -> None:
        if value:
            self._goes_on.clear()
        else:
            self._goes_on.set()

    def wait_for(self, count: int, seconds: float = 15.0, *, path: str = "") -> list[Received]:
        """All requests that were answered (to this path), once there are `count`; AssertionError where they
        don't come in time.
        """

        def found() -> list[Received]:
            return [each for each in self.requests if path in ("", each.path)]

        self._wait(lambda: len(found()) >= count, seconds, f"{count} requests to {path or 'any path'}")
        return found()

    def wait_for_tries(self, count: int, seconds: float = 15.0) -> None:
        """Wait until so many requests came, answered or not."""
        self._wait(lambda: self.tried >= count, seconds, f"{count} tries")

    def start(self) -> None:
        """Listen; on the same port as before where it was stopped."""
        receiver = self

        class Handler(_Handler):
            taken_by = receiver

        server = self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = server.server_address[1]
        if self._context is not None:
            server.socket = self._context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; what hangs is let go."""
        server, self._server = self._server, None
        self._goes_on.set()
        if server is not None and self._thread is not None:
            server.shutdown()
            server.server_close()
            self._thread.join()

    def __enter__(self) -> Receiver:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """A request came: what it is answered."""
        with self._changed:
            self.tried += 1
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            self._changed.notify_all()
        self._goes_on.wait(HANG_SECONDS)
        with self._changed:
            self.inside -= 1
            self.requests.append(Received(path, headers, body, self.status))
            self._changed.notify_all()
        return self.status

    def _wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(done, seconds), f"waited for {what}, there are {len(self.requests)}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    taken_by: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.taken_by.take(self.path, headers, body)
        self.send_response(status)
        for name, value in self.taken_by.answer.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.taken_by.body)))
        self.end_headers()
        self.wfile.write(self.taken_by.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at `requests`."""
