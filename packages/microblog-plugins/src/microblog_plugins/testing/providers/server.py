"""A provider as a server on this machine: what Stripe's and Razorpay's have in common.

It runs in threads of its own, so it serves tests with an event loop, without one, and other processes, and
remembers everything while those are killed.
"""

from __future__ import annotations

import contextlib
import html
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from microblog_plugins.testing.providers.mischief import CallFault, Mischief
from microblog_plugins.testing.providers.ringing import Bell, Delivery, Webhook

PAGE = "/pay/"


class Outcome:
    """What a payer does on the provider's page."""

    PAID = "paid"
    AUTHORISED = "authorised"
    DECLINED = "declined"


class Entry(NamedTuple):
    """A line of the log: what happened to what, at the provider's time (Unix milliseconds). `minor` and
    `currency` are the provider's own; a period of a subscription names that in `part_of`.
    """

    at: int
    object_id: str
    what: str
    minor: int
    currency: str
    reference: str
    part_of: str = ""
    period_start: int = 0
    period_end: int = 0


@dataclass(frozen=True)
class Request:
    """A call, with names of header fields in lower case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bill:
    """What a payer sees on the provider's page; `open` says that there is something to decide."""

    title: str
    amount: str
    return_url: str
    cancel_url: str
    open: bool


class Provider(ABC):
    """A provider. `clock` gives its time in Unix milliseconds; without one it is this machine's, with what
    `advance` added to it, and webhooks are signed at the machine's.

    Webhooks go to `endpoints` while there are any. `log` is all that happened, in order.
    """

    name: str

    def __init__(
        self,
        *,
        mischief: Mischief | None = None,
        clock: Callable[[], int] | None = None,
        endpoints: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self.mischief = mischief or Mischief()
        self.log: list[Entry] = []
        self.port = port
        self.calls = 0
        self.lock = threading.RLock()
        self._clock, self._offset = clock, 0
        self._bell = Bell(self.mischief, self.sealed, self.wall)
        self._bell.endpoints.extend(endpoints)
        self._stopping = threading.Event()
        self.open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    # Time, webhooks and what happened

    @property
    def endpoints(self) -> list[str]:
        """The addresses that webhooks go to."""
        return self._bell.endpoints

    @property
    def deliveries(self) -> list[Delivery]:
        """Webhooks that were sent, with what was answered."""
        return self._bell.deliveries

    def wall(self) -> int:
        """The time at which webhooks are signed, Unix milliseconds."""
        return self._clock() if self._clock is not None else time.time_ns() // 1_000_000

    def now(self) -> int:
        """The provider's time, Unix milliseconds."""
        return self.wall() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time go by: what is due then happens."""
        with self.lock:
            self._offset += round(seconds * 1000)
            self.pass_time()

    def webhook(self, object_id: str, *, at: int, forged: bool = False) -> Webhook:
        """The last webhook about an object, as if it were sent at this moment."""
        with self.lock:
            self.pass_time()
            return self.sealed(self._bell.last(object_id), at, forged)

    def quiet(self, seconds: float = 15.0) -> None:
        """Wait until every webhook was taken, or given up; AssertionError where that takes longer."""
        self._bell.quiet(seconds)

    def ring(self, object_id: str, event: dict[str, Any]) -> None:
        """Tell the site of an event about an object."""
        self._bell.ring(object_id, event)

    def note(self, object_id: str, what: str, money: tuple[int, str], reference: str, **more: Any) -> None:
        """Write into the log."""
        self.log.append(Entry(self.now(), object_id, what, *money, reference, **more))

    # What each provider does in its own way

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Answer a call of the API; called with the lock held."""

    @abstractmethod
    def error(self, status: int, text: str) -> Answer:
        """An error as this provider writes it."""

    @abstractmethod
    def sealed(self, event: dict[str, Any], at: int, forged: bool) -> Webhook:
        """Headers and body of a webhook, signed at this moment."""

    @abstractmethod
    def pass_time(self) -> None:
        """Do what is due by now; called with the lock held."""

    @abstractmethod
    def bill(self, object_id: str) -> Bill | None:
        """What a payer is asked for; None for what isn't there."""

    @abstractmethod
    def pay(self, object_id: str, outcome: str = Outcome.PAID) -> None:
        """The payer decides. LookupError for what isn't there, ValueError where there is nothing to decide
        any more.
        """

    # Serving

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def page(self, object_id: str) -> str:
        """The address of the page on which a payer decides."""
        return f"{self.url}{PAGE}{object_id}"

    def start(self) -> None:
        """Listen; on the same port as before where it was stopped."""
        provider = self

        class Handler(_Handler):
            served_by = provider

        self._stopping.clear()
        server = self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = server.server_address[1]
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self._bell.start()

    def stop(self) -> None:
        """Listen no more, and forget nothing; calls that hang are let go, and connections closed."""
        server, self._server = self._server, None
        self._stopping.set()
        self._bell.stop()
        if server is not None and self._thread is not None:
            server.shutdown()
            server.server_close()
            self._thread.join()
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def take(self, request: Request) -> Answer | None:
        """A call came: the answer, None for none at all."""
        if request.path.startswith(PAGE):
            return self._page_answer(request)
        fault = self.mischief.for_call(changes=request.changes)
        if fault is CallFault.SLOW:
            self._stopping.wait(self.mischief.slow_seconds)
        if fault is CallFault.ERROR_BEFORE:
            return self.error(500, "Something went wrong before anything was done.")
        with self.lock:
            self.calls += 1
            self.pass_time()
            answer = self.answered(request, failing=fault is CallFault.ERROR_AFTER)
        if fault is CallFault.TIMEOUT_AFTER:
            self._stopping.wait(self.mischief.hang_seconds)
        return None if fault in (CallFault.TIMEOUT_AFTER, CallFault.BROKEN_AFTER) else answer

    def answered(self, request: Request, *, failing: bool) -> Answer:
        """Do what a call asks for; a `failing` one is told that something went wrong."""
        answer = self.answer(request)
        return self.error(500, "Something went wrong.") if failing else answer

    def _page_answer(self, request: Request) -> Answer:
        object_id = request.path.removeprefix(PAGE)
        with self.lock:
            self.pass_time()
            bill = self.bill(object_id)
            if bill is None:
                return Answer(404, b"There is no such page.", {"Content-Type": "text/plain"})
            if request.method == "POST":
                outcome = dict(parse_qsl(request.body.decode())).get("outcome", "")
                if outcome != "back" and bill.open:
                    self.pay(object_id, outcome)
                to = bill.cancel_url if outcome == "back" else bill.return_url
                return Answer(303, b"", {"Location": to})
        return Answer(200, _page(self.name, bill).encode(), {"Content-Type": "text/html; charset=utf-8"})


def _page(name: str, bill: Bill) -> str:
    buttons = "".join(
        f'<button name="outcome" value="{value}">{text}</button> '
        for value, text in ((Outcome.PAID, "Pay"), (Outcome.DECLINED, "Pay with an empty card"))
        if bill.open
    )
    return (
        f'<!doctype html><html lang="en"><head><title>{name}</title></head><body><main><h1>{name}</h1>'
        f"<p>{html.escape(bill.title)}: {bill.amount}</p>"
        f'<form method="post">{buttons}<button name="outcome" value="back">Back</button></form>'
        "</main></body></html>"
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    served_by: Provider
    protocol_version = "HTTP/1.1"
    # Else the body waits until the head was acknowledged.
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.served_by.open.add(self.connection)

    def finish(self) -> None:
        self.served_by.open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qsl(parts.query, keep_blank_values=True)
        answer = self.served_by.take(Request(self.command, parts.path, query, headers, body))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names are those of http.server

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at the provider's log."""
