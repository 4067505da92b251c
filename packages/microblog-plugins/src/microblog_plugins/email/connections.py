"""Kept connections to one SMTP server, by aiosmtplib.

A connection is used by one mail at a time and kept for the next one. What was idle is asked first whether it
still lives; what was given up in the middle of a dialogue is closed, never used again.
"""

from __future__ import annotations

import ssl
import time
from email.message import EmailMessage
from typing import Any

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponse, SMTPResponseException

from microblog_plugins.email.letters import UNFOLDED
from microblog_plugins.email.settings import EmailSettings

IDLE_SECONDS = 60.0
"""Idle for longer, a connection is closed: servers do not like to wait."""
ASK_SECONDS = 1.0
"""Idle for longer, a connection is asked before it is used."""


class Handing:
    """How far a mail has come: `begun` says that its content was being handed over."""

    __slots__ = ("begun",)

    def __init__(self) -> None:
        self.begun = False


class Client(SMTP):
    """A connection that says when the content of a mail goes over it."""

    handing: Handing | None = None

    async def data(self, *args: Any, **options: Any) -> SMTPResponse:
        """Hand over the content. What is refused by an answer has not been taken."""
        handing = self.handing
        if handing is None:
            return await super().data(*args, **options)
        handing.begun = True
        try:
            return await super().data(*args, **options)
        except SMTPResponseException:
            handing.begun = False
            raise


class Connections:
    """The connections of one site, for one event loop. How many there are at once the caller decides."""

    def __init__(self, settings: EmailSettings, *, helo: str = "") -> None:
        self._settings = settings
        self._helo = helo
        self._idle: list[tuple[Client, float]] = []
        self._context: ssl.SSLContext | None = None
        self.opened = 0
        """How many connections were made since the start."""

    async def send(
        self, mail: EmailMessage | bytes, *, sender: str, recipient: str, handing: Handing | None = None
    ) -> None:
        """Hand one mail to the server, and tell `handing` how far it came. Raises what aiosmtplib raises,
        `OSError`, `TimeoutError`, and `ValueError` for an address that can't be sent to.
        """
        # Not `send_message`, which folds lines by a policy of its own.
        international = not (sender.isascii() and recipient.isascii())
        policy = UNFOLDED.clone(utf8=international)
        content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy)
        options = ["SMTPUTF8"] if international else []
        client = await self.take()
        client.handing = handing
        try:
            await client.sendmail(sender, [recipient], content, mail_options=options)
        except (SMTPResponseException, SMTPRecipientsRefused):
            # It answered: aiosmtplib has reset the dialogue, or closed the connection.
            self.give(client)
            raise
        except BaseException:
            client.close()
            raise
        self.give(client)

    async def check(self) -> None:
        """Raises unless the server can be reached and takes our log-in."""
        client = await self.take()
        try:
            await client.noop()
        except BaseException:
            client.close()
            raise
        self.give(client)

    async def take(self) -> Client:
        """A connection that works, kept or new. Raises as `send`."""
        while self._idle:
            client, since = self._idle.pop()
            idle = time.monotonic() - since
            if not client.is_connected or idle > IDLE_SECONDS:
                client.close()
                continue
            if idle < ASK_SECONDS or await _lives(client):
                return client
        client = self._client()
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        self.opened += 1
        return client

    def give(self, client: Client) -> None:
        """Keep a connection whose dialogue is over."""
        if client.is_connected:
            self._idle.append((client, time.monotonic()))
        else:
            client.close()

    async def close(self) -> None:
        """Take leave of the server."""
        while self._idle:
            client, _ = self._idle.pop()
            try:
                await client.quit(timeout=2.0)
            except (SMTPException, OSError):
                client.close()

    def _client(self) -> Client:
        settings = self._settings
        if self._context is None and settings.tls != "none":
            self._context = ssl.create_default_context()
            if settings.ca_file:
                self._context.load_verify_locations(cafile=settings.ca_file)
        return Client(
            hostname=settings.host,
            port=settings.effective_port,
            username=settings.user or None,
            password=settings.password.reveal() if settings.user else None,
            local_hostname=self._helo or None,
            timeout=settings.seconds,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            tls_context=self._context,
        )


async def _lives(client: SMTP) -> bool:
    try:
        await client.noop(timeout=2.0)
    except (SMTPException, OSError):
        client.close()
        return False
    return True
