"""The channel `email`: a guarded connection, a letter, and what the server's answer means.

A server that hangs or fails costs others nothing: a mail has its time, few are sent at once, few wait for
that, and after some failures in a row none is tried for a while; then one is. The job that delivers does the
trying again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from email.message import EmailMessage

from aiosmtplib import SMTPException, SMTPNotSupported

from microblog_core.domain.campaigns import NEWS
from microblog_core.domain.deliveries import MAIL, MAIL_DEFAULTS, Frequency
from microblog_core.domain.notifications import Message, NotificationKind
from microblog_core.patterns.admission import Breaker, Bulkhead, Circuit, Refused
from microblog_core.patterns.resilience import Guard, TooSlow
from microblog_core.patterns.resources import Lazy
from microblog_core.ports.channels import DeliveryError, Permanent, Temporary, Unclear, Unreachable
from microblog_core.ports.observing import CallObserver
from microblog_plugins.email.bulk import BulkWriter
from microblog_plugins.email.connections import Connections, Handing
from microblog_plugins.email.letters import LetterWriter
from microblog_plugins.email.outcomes import outcome_of
from microblog_plugins.email.settings import EmailSettings

FAILURES = 5
REST_SECONDS = 30.0
WAITING = 100
WAIT_SECONDS = 30.0

logger = logging.getLogger("microblog.email")


class EmailChannel:
    """Sends messages by SMTP. A `ports.channels.PreferredChannel`, and a `BulkChannel`."""

    name = MAIL
    label = "E-mail"
    by_address = True
    defaults: Mapping[NotificationKind, Frequency] = MAIL_DEFAULTS

    def __init__(
        self,
        settings: EmailSettings,
        *,
        writer: LetterWriter,
        sender: str,
        connections: Lazy[Connections],
        rest: float = REST_SECONDS,
        seen_by: CallObserver | None = None,
    ) -> None:
        """`sender` is the bare address; after `rest` seconds a server that failed is tried again. `seen_by`
        are the site's observers.
        """
        self.fold_seconds = settings.fold_seconds
        self.digest_hour = settings.digest_hour
        self.parallel = settings.connections
        self._settings = settings
        self._writer = writer
        self._bulk = BulkWriter(writer)
        self._sender = sender
        self._connections = connections
        self._guard = Guard(
            f"The mail server {settings.host}",
            timeout=settings.seconds,
            # An answer to a mail, whatever it says, shows that the server works.
            breaker=Breaker(failures=FAILURES, open_for=rest, ignored=(DeliveryError,)),
            bulkhead=Bulkhead(limit=settings.connections, queue=WAITING, wait=WAIT_SECONDS),
            tell=_tell,
            seen_by=seen_by,
            label="mail",
        )

    @property
    def circuit(self) -> Circuit:
        """Whether mails are sent, refused or tried one by one."""
        return self._guard.circuit

    async def deliver(self, message: Message, *, key: str) -> None:
        """Send one mail. Notifications go to confirmed addresses only, unless the settings say otherwise.

        Raises `Unreachable`, `Unclear`, `Temporary`, `Permanent`, `AddressGone`.
        """
        if not message.address:
            raise Permanent(f"The account {message.account_id} has no address.")
        if message.items and not (message.confirmed or self._settings.unconfirmed):
            logger.info("No mail to account %s: its address is not confirmed", message.account_id)
            return
        handing = Handing()
        try:
            await self._guard.call(self._send, message, key, handing)
        except Refused as refused:
            raise Unreachable(refused.message, retry_after=refused.retry_after) from refused
        except TooSlow as late:
            raise _failed(late.message, handing) from late
        except (OSError, SMTPException) as error:
            said = f"{self._guard.name} fails: {type(error).__name__}: {error}"
            raise _failed(said, handing) from error

    async def check(self) -> None:
        """Raises unless the server can be reached."""
        await self._guard.call(self._check)

    async def _send(self, message: Message, key: str, handing: Handing) -> None:
        try:
            mail: EmailMessage | bytes
            if message.kind == NEWS:
                mail = self._bulk.write(message, key=key)
            else:
                mail = self._writer.write(message, key=key)
        except ValueError as error:
            raise Permanent(f"No mail can be written to this address: {error}") from error
        connections = await self._connections.get()
        try:
            await connections.send(mail, sender=self._sender, recipient=message.address, handing=handing)
        except SMTPNotSupported as error:
            if "SMTPUTF8" in str(error):
                raise Permanent(str(error)) from error
            raise
        except OSError:
            # Before ValueError: a certificate that can't be verified is both, and no fault of this mail.
            raise
        except ValueError as error:
            raise Permanent(f"No mail can be sent to this address: {error}") from error
        except SMTPException as error:
            outcome = outcome_of(error)
            if outcome is None:
                raise
            raise outcome from error

    async def _check(self) -> None:
        await (await self._connections.get()).check()


def _failed(said: str, handing: Handing) -> Temporary:
    return Unclear(said) if handing.begun else Unreachable(said)


def _tell(name: str, what: str) -> None:
    if what in ("open", "half_open", "closed"):
        logger.warning("%s: the circuit is %s", name, what.replace("_", " "))
