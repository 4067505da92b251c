"""Writing the same mail for many people fast: what is the same for all is written once.

The mails are those of `letters`, header for header and part for part, but as bytes: Python's email package
takes ten times as long as everything else that happens to a mail on its way to the server. It still writes
the common header fields; what is each receiver's own is plain ASCII here, or the mail is left to `letters`.
"""

from __future__ import annotations

import binascii
import re
import secrets
from email.message import EmailMessage
from email.utils import formatdate
from functools import lru_cache

from microblog_core.domain.notifications import Message
from microblog_plugins.email.letters import UNFOLDED, LetterWriter, render

LINE = 900
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*@[A-Za-z0-9.-]+")
_URL = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x7e]*")
_KEPT = 64


class BulkWriter:
    """Writes one site's mails to many."""

    def __init__(self, letters: LetterWriter) -> None:
        self._letters = letters
        self._common = lru_cache(_KEPT)(self._write_common)

    def write(self, message: Message, *, key: str) -> EmailMessage | bytes:
        """The mail for a message; raises as `LetterWriter.write`."""
        url = message.unsubscribe_url
        plain = (
            _ADDRESS.fullmatch(message.address)
            and _URL.fullmatch(url)
            and len(message.address) + len(url) < LINE
            and message.actor is None
            and not message.references
        )
        if not plain:
            return self._letters.write(message, key=key)
        # Quoted-printable never has this in it, whatever the text is.
        boundary = f"=_{secrets.token_hex(16)}"
        own = (
            f"To: {message.address}\r\n"
            f"Date: {formatdate(usegmt=True).replace('GMT', '+0000')}\r\n"
            f"Message-ID: {self._letters.message_id(message, key=key)}\r\n"
        )
        if url:
            own += f"List-Unsubscribe: <{url}>\r\n"
        common = self._common(message.subject, message.site_title, message.locale, message.kind, bool(url))
        parts = "".join(
            f"--{boundary}\r\n"
            f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            f"{_quoted(render(message, kind))}\r\n"
            for subtype, kind in (("plain", "txt"), ("html", "html"))
        )
        kind = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        return common + f"{own}{kind}{parts}--{boundary}--\r\n".encode("ascii")

    def _write_common(self, subject: str, title: str, locale: str, kind: str, ends: bool) -> bytes:
        message = Message(
            account_id=0,
            kind=kind,
            subject=subject,
            text="",
            locale=locale,
            site_title=title,
            unsubscribe_url="." if ends else "",
        )
        mail = EmailMessage(policy=UNFOLDED)
        self._letters.add_common(mail, message)
        mail["Content-Language"] = locale
        return mail.as_bytes(policy=UNFOLDED).removesuffix(b"\r\n")


def _quoted(text: str) -> str:
    encoded = binascii.b2a_qp(text.encode(), istext=True).decode("ascii")
    return encoded.replace("\r\n", "\n").replace("\n", "\r\n")
