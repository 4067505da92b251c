"""What a server's answer means for a mail: try again, give this mail up, or write to this address no more.

By RFC 5321 section 4.2.1 (4yz is temporary, 5yz permanent) and the enhanced codes of RFC 3463, which tell a
mailbox that is not there from a mail that is not wanted. A server that refuses us altogether must not make
us give up everybody's address: without an enhanced code, a plain 550 counts as gone only where its words say
so.
"""

from __future__ import annotations

import re

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from microblog_core.ports.channels import AddressGone, DeliveryError, Permanent, Temporary

GONE = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Bad, moved or disabled mailboxes, and domains that take no mail."""

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_WHO = r"(user|mailbox|recipient|address|account)"
_GONE = r"(unknown|not found|unavailable|not exist|n't exist|disabled|invalid|no longer)"
_UNKNOWN = re.compile(
    rf"{_WHO}\b.{{0,40}}\b{_GONE}|(unknown|no such|invalid)\b.{{0,20}}\b{_WHO}", re.IGNORECASE | re.DOTALL
)


def outcome_of(error: Exception) -> DeliveryError | None:
    """What a server's answer to a mail means; None for what is no answer to this mail (it can't be reached,
    does not let us in, or gave up on the connection).
    """
    if isinstance(error, SMTPRecipientsRefused):
        refused = error.recipients[0]
        return _meaning(refused.code, refused.message, by_recipient=True)
    if isinstance(error, (SMTPConnectError, SMTPHeloError, SMTPAuthenticationError)):
        return None
    if isinstance(error, SMTPResponseException) and error.code not in (421, -1):
        return _meaning(error.code, error.message, by_recipient=False)
    return None


def _meaning(code: int, text: str, *, by_recipient: bool) -> DeliveryError:
    said = f"The server said {code} {' '.join(text.split())[:200]}"
    if code < 500:
        return Temporary(said)
    enhanced = _ENHANCED.search(text)
    if enhanced is not None:
        return AddressGone(said) if enhanced.group(1) in GONE else Permanent(said)
    if by_recipient and code in (550, 551, 553) and _UNKNOWN.search(text):
        return AddressGone(said)
    return Permanent(said)
