"""From a message to a mail: header fields, a part in plain text and one in HTML.

Threading as RFC 5322 section 3.6.4 has it, unsubscribing as RFC 8058, and RFC 3834 so that no machine
answers. There is no `Precedence`: RFC 2076 calls it non-standard and discouraged, and `Auto-Submitted` says
the same.
"""

from __future__ import annotations

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from microblog_core.domain.accounts import check_email, clean_line
from microblog_core.domain.campaigns import NEWS
from microblog_core.domain.errors import Invalid
from microblog_core.domain.notifications import Message

TEMPLATES = Path(__file__).parent / "templates"
SUBJECT_LENGTH = 200
UNFOLDED = SMTP.clone(max_line_length=900)
"""Lines may have 998 characters (RFC 5322 section 2.1.1). Python folds what has no space in it, such as the
address that ends a subscription, into encoded words, which no mail program takes for an address.
"""
_REFERENCE = re.compile(r"[A-Za-z0-9.-]{1,100}")
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class LetterWriter:
    """Writes one site's mails. `host` is the site's, for ids of mails; `sender` is whom they come from."""

    def __init__(self, *, sender: Address, host: str) -> None:
        self._sender = sender
        self._host = host if _HOST.fullmatch(host) else sender.domain

    def write(self, message: Message, *, key: str) -> EmailMessage:
        """The mail for a message. The same message always has the same `Message-ID`.

        Raises `ValueError` for an address that no header field can hold.
        """
        mail = EmailMessage(policy=UNFOLDED)
        self.add_common(mail, message)
        mail["To"] = _address(message.address)
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = self.message_id(message, key=key)
        if message.references:
            mail["In-Reply-To"] = self._id(message.references[-1])
            mail["References"] = " ".join(map(self._id, message.references))
        if message.unsubscribe_url:
            mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        text, html = render(message, "txt"), render(message, "html")
        # Quoted-printable keeps lines short and survives every relay, so that signatures hold.
        mail.set_content(text, cte="quoted-printable")
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        # After the content, or it would become a part's.
        mail["Content-Language"] = message.locale
        return mail

    def add_common(self, mail: EmailMessage, message: Message) -> None:
        """The header fields that are the same for everybody who gets this message in this language."""
        mail["From"] = self._from(message)
        mail["Subject"] = clean_line(message.subject)[:SUBJECT_LENGTH]
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if message.unsubscribe_url:
            mail["List-Id"] = f"<{NEWS if message.kind == NEWS else 'notifications'}.{self._host}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    def message_id(self, message: Message, *, key: str) -> str:
        """What names the mail for ever."""
        return self._id(message.reference or hashlib.sha256(key.encode()).hexdigest()[:32])

    def _from(self, message: Message) -> Address:
        """The actor's name beside the site's address, so that a list of mails says who wrote."""
        name = clean_line(self._sender.display_name or message.site_title)
        if message.actor is not None:
            name = f"{clean_line(message.actor.name)} ({name})"
        return Address(display_name=name, username=self._sender.username, domain=self._sender.domain)

    def _id(self, reference: str) -> str:
        if _REFERENCE.fullmatch(reference) is None:
            reference = hashlib.sha256(reference.encode()).hexdigest()[:32]
        return f"<{reference}@{self._host}>"


def _address(text: str) -> Address:
    try:
        username, _, domain = check_email(text).rpartition("@")
    except Invalid as error:
        raise ValueError(f"{text!r} is no address") from error
    return Address(username=username, domain=domain)


def render(message: Message, kind: str) -> str:
    """The text of a part: `txt` or `html`."""
    return _template(kind).render(message=message)


@cache
def _template(kind: str) -> Template:
    return _templates().get_template(f"message.{kind}")


@cache
def _templates() -> Environment:
    """HTML is escaped, plain text is not."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
