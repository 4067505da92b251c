"""A real SMTP server for tests, with switches for everything that a mail server may do to its clients.

    with MailServer() as server:
        ...                         # let something send to 127.0.0.1, server.port
        (mail,) = server.wait_for(1)
        assert mail.message["Subject"] == "Hello"

It runs in a thread of its own, so it serves tests with an event loop, without one, and other processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it came over the wire. `user` is who had logged in; `encrypted` says whether TLS was on;
    `connection` counts the connections, from 1; `moment` is when it was taken (Unix seconds).
    """

    sender: str
    recipient: str
    message: EmailMessage
    user: str
    encrypted: bool
    connection: int
    moment: float

    @property
    def text(self) -> str:
        """The plain part."""
        part = self.message.get_body(("plain",))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.message.get_body(("html",))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())


class MailServer:
    """Takes mails on 127.0.0.1:`port` and keeps them in `mails`.

    The switches may be changed at any time: `rcpt` and `data` are answers to give instead of taking it, such
    as `550 5.1.1 No such user`; `hangs` makes it read commands and answer none; `drop` makes it close the
    connection where mail begins, `drop_content` where the content of a mail ends. With `user` and `password`
    clients must log in. `context` with `tls` is `"tls"` or `"starttls"`. `on_connection` is called in the
    server's thread with the number of each connection and the port that it comes from.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        tls: str = "none",
        context: ssl.SSLContext | None = None,
        user: str = "",
        password: str = "",
        on_connection: Callable[[int, int], None] = lambda number, port: None,
    ) -> None:
        self.port = port
        self._on_connection = on_connection
        self.mails: list[ReceivedMail] = []
        self.connections = 0
        self.tried = 0
        """How many mails were begun."""
        self.rcpt = self.data = ""
        self.hangs = self.drop = self.drop_content = False
        self._tls, self._context = tls, context
        self._user, self._password = user, password
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Transport] = set()
        self._thread: threading.Thread | None = None

    def wait_for(self, count: int, seconds: float = 15.0, *, recipient: str = "") -> list[ReceivedMail]:
        """All mails (to this recipient), once there are `count`; AssertionError where they don't come in
        time.
        """

        def found() -> list[ReceivedMail]:
            return [mail for mail in self.mails if recipient in ("", mail.recipient)]

        self._wait(lambda: len(found()) >= count, seconds, f"{count} mails to {recipient or 'anybody'}")
        return found()

    def wait_for_tries(self, count: int, seconds: float = 10.0) -> None:
        """Wait until so many mails were begun, whatever became of them."""
        self._wait(lambda: self.tried >= count, seconds, f"{count} tries")

    def hang_up(self) -> None:
        """Close all connections, as a server does that has waited for too long."""
        assert self._loop is not None

        async def close() -> None:
            for transport in list(self._open):
                transport.close()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(START_SECONDS)

    def start(self) -> None:
        """Listen; on the same port as before where it was stopped."""
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(START_SECONDS), "the mail server did not start"

    def stop(self) -> None:
        """Close everything; a client that connects now is refused."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_SECONDS)
            self._loop = self._thread = None

    def __enter__(self) -> MailServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(done, seconds), f"waited for {what}, there are {len(self.mails)}"

    def _run(self, started: threading.Event) -> None:
        loop = self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            made = loop.create_server(
                lambda: self._protocol(loop),
                "127.0.0.1",
                self.port,
                ssl=self._context if self._tls == "tls" else None,
            )
            self._server = loop.run_until_complete(made)
            self.port = self._server.sockets[0].getsockname()[1]
            started.set()
            loop.run_forever()
            loop.run_until_complete(self._close(loop))
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    async def _close(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._server is not None:
            self._server.close()
        for transport in list(self._open):
            # Early releases of Python 3.11 fail where TLS has just ended on its own.
            with contextlib.suppress(AttributeError):
                transport.abort()
        left = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task(loop)]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        with warnings.catch_warnings():
            # It warns that passwords may go in the clear: it knows of no TLS but STARTTLS.
            warnings.simplefilter("ignore")
            return _Protocol(
                self,
                _Handler(self),
                loop=loop,
                hostname="mail.example.org",
                enable_SMTPUTF8=True,
                tls_context=self._context if self._tls == "starttls" else None,
                require_starttls=self._tls == "starttls",
                auth_required=bool(self._user),
                auth_require_tls=False,
                authenticator=self._authenticate,
            )

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        good = isinstance(data, LoginPassword) and data == LoginPassword(
            self._user.encode(), self._password.encode()
        )
        return AuthResult(success=good, handled=False, auth_data=self._user if good else None)

    def _tell(self, *, mail: ReceivedMail | None = None, tried: bool = False) -> None:
        with self._changed:
            if mail is not None:
                self.mails.append(mail)
            self.tried += tried
            self._changed.notify_all()


class _Protocol(SMTP):
    """Counts connections, and keeps them to be closed."""

    def __init__(self, owner: MailServer, handler: _Handler, **options: Any) -> None:
        super().__init__(handler, **options)
        self.owner = owner
        self.number = 0

    def connection_made(self, transport: Any) -> None:
        if self.number == 0:  # STARTTLS makes the connection anew
            self.owner.connections += 1
            self.number = self.owner.connections
            self.owner._on_connection(self.number, transport.get_extra_info("peername")[1])
        self.owner._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.owner._open.discard(self.transport)
        super().connection_lost(error)


class _Handler:
    """The hooks of aiosmtpd."""

    def __init__(self, owner: MailServer) -> None:
        self._owner = owner

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: _Protocol, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self._owner._tell(tried=True)
        if self._owner.drop and server.transport is not None:
            server.transport.close()
        while self._owner.hangs:  # noqa: ASYNC110 - the switch is another thread's
            await asyncio.sleep(0.05)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: _Protocol, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self._owner.rcpt:
            return self._owner.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Protocol, session: Any, envelope: Any) -> str:  # noqa: N802
        if self._owner.drop_content and server.transport is not None:
            server.transport.close()
        if self._owner.data or self._owner.drop_content:
            return self._owner.data or "421 4.3.0 Bye"
        content = envelope.original_content
        message = email.message_from_bytes(content, policy=email.policy.SMTP)
        assert isinstance(message, EmailMessage)
        for recipient in envelope.rcpt_tos:
            received = ReceivedMail(
                sender=envelope.mail_from,
                recipient=recipient,
                message=message,
                user=str(session.auth_data or ""),
                encrypted=session.ssl is not None or self._owner._tls == "tls",
                connection=server.number,
                moment=time.time(),
            )
            self._owner._tell(mail=received)
        return "250 OK"
