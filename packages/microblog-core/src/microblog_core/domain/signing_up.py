"""Signing up: who may, by whose invitation, and from which mail addresses nobody.

All moments are Unix milliseconds.
"""

from __future__ import annotations

import enum
import re

import msgspec

from microblog_core.domain.accounts import Account, check_email, clean_line, clean_text
from microblog_core.domain.errors import Invalid

REASON_LENGTH = 1000
NOTE_LENGTH = 200
INVITATIONS_MAX = 100
"""Invitations of one person that can be used at a time."""
USES_MAX = 1000
LIFE_MAX = 366 * 24 * 3600
"""Seconds that an invitation lasts at most, where it has an end."""
CODE_LENGTH = 64

_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
"""Whoever has an address here has it with any dots in it, too."""


class Registrations(enum.StrEnum):
    """Who may sign up: everybody; everybody, but somebody approves each; those with an invitation; nobody.

    An invitation also opens the first two, and spares the approval. It opens no site that is closed.
    """

    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"
    CLOSED = "closed"


class Inviters(enum.StrEnum):
    """Who may invite."""

    MEMBERS = "members"
    OPERATORS = "operators"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link by which people can sign up. `uses_max` 0 is any number; `expires_at` 0 is no end. With
    `follows` whoever comes follows the inviter.
    """

    id: int
    account_id: int
    code: str
    uses_max: int = 0
    uses: int = 0
    expires_at: int = 0
    follows: bool = False
    revoked_at: int = 0
    created_at: int

    def usable(self, now: int) -> bool:
        """Whether somebody can still come by it."""
        left = not self.uses_max or self.uses < self.uses_max
        return left and not self.revoked_at and (not self.expires_at or self.expires_at > now)


class Invited(msgspec.Struct, frozen=True):
    """An invitation, and who invites."""

    invitation: Invitation
    inviter: Account


class PendingAccount(msgspec.Struct, frozen=True):
    """Somebody who waits for approval, with their address and what they say why they want to come."""

    account: Account
    email: str
    reason: str
    confirmed: bool = False


class MailBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A domain (with all below it) or a single address that nobody signs up with. `pattern` is normalised."""

    id: int
    pattern: str
    note: str = ""
    created_at: int


def normal_address(email: str) -> str:
    """The spelling under which an address is blocked: in lower case, without what is after a plus, and
    without dots where those make no difference.
    """
    name, _, domain = email.strip().casefold().rpartition("@")
    name, domain = name.partition("+")[0], normal_domain(domain)
    return f"{name.replace('.', '') if domain in _DOTLESS else name}@{domain}"


def normal_domain(domain: str) -> str:
    """A domain in lower case, in ASCII, without a dot at its end."""
    domain = domain.strip().rstrip(".").casefold()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def patterns_of(email: str) -> tuple[str, ...]:
    """Every pattern that would block this address: itself, its domain, and all domains above that."""
    address = normal_address(email)
    labels = address.rpartition("@")[2].split(".")
    return (address, *(".".join(labels[start:]) for start in range(len(labels) - 1)))


def check_pattern(text: str) -> str:
    """Return what is to be blocked, normalised; raises `Invalid` with the field `pattern`."""
    text = text.strip()
    try:
        if "@" in text.lstrip("@"):
            return normal_address(check_email(text))
        domain = normal_domain(text.lstrip("@").removeprefix("*."))
    except Invalid:
        domain = ""
    if len(domain) > 253 or _DOMAIN.fullmatch(domain) is None:
        raise Invalid(fields={"pattern": "Enter a domain such as example.org, or a whole address."})
    return domain


def check_note(note: str) -> str:
    """Return an operator's note on one clean line; raises `Invalid` with the field `note`."""
    note = clean_line(note)
    if len(note) > NOTE_LENGTH:
        raise Invalid(fields={"note": f"Use at most {NOTE_LENGTH} characters."})
    return note


def check_reason(reason: str, *, needed: bool) -> str:
    """Return why somebody wants to come, as clean text; raises `Invalid` with the field `reason`."""
    reason = clean_text(reason).strip()
    if needed and not reason:
        raise Invalid(fields={"reason": "Say in a sentence why you would like to come."})
    if len(reason) > REASON_LENGTH:
        raise Invalid(fields={"reason": f"Use at most {REASON_LENGTH} characters; these are {len(reason)}."})
    return reason


def check_uses(uses: int) -> int:
    """Return how often an invitation can be used, 0 for any number; raises `Invalid` (field `uses_max`)."""
    if not 0 <= uses <= USES_MAX:
        raise Invalid(fields={"uses_max": f"Choose a number from 1 to {USES_MAX}, or no limit."})
    return uses


def check_life(seconds: int) -> int:
    """Return for how many seconds an invitation lasts, 0 for ever; raises `Invalid` (field `lasts`)."""
    if not 0 <= seconds <= LIFE_MAX:
        raise Invalid(fields={"lasts": "Choose how long from the list."})
    return seconds
