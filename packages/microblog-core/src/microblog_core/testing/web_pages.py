"""A real HTTP server for tests of what reads pages of others: it serves what a test says, however strange.

    with WebPages() as pages:
        pages.put("/a", b"<title>A</title>")
        ...                         # let something GET pages.url + "/a"
        assert pages.asked("/a")[0].headers["user-agent"]

It runs in threads of its own, as `receiver.Receiver` does for what is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Body = bytes | Callable[[], Iterable[bytes]]
"""What is sent after the header fields, at once or piece by piece."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; header fields by their names in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Page:
    body: Body
    content_type: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


class WebPages:
    """Serves on 127.0.0.1:`port` what was put there; everything else is 404. `requests` are all that came."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[Asked] = []
        self.pages: dict[str, _Page] = {}
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def put(
        self,
        path: str,
        body: Body = b"",
        content_type: str = "text/html; charset=utf-8",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Serve this at a path; the address of it. Without a content type none is said."""
        self.pages[path] = _Page(body, content_type, status, headers or {})
        return self.url + path

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Lead elsewhere; the address that does."""
        return self.put(path, status=status, headers={"Location": to})

    def asked(self, path: str) -> list[Asked]:
        """The requests to a path."""
        return [each for each in self.requests if each.path == path]

    def __enter__(self) -> WebPages:
        pages = self

        class Handler(_Handler):
            served_by = pages

        server = self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = server.server_address[1]
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            server.server_close()
            self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that had enough are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    served_by: WebPages

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.served_by.requests.append(Asked(self.path, headers))
        page = self.served_by.pages.get(self.path) or _Page(b"", "text/plain", 404)
        self.send_response(page.status)
        if page.content_type:
            self.send_header("Content-Type", page.content_type)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in (page.body,) if isinstance(page.body, bytes) else page.body():
            self.wfile.write(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at `requests`."""
