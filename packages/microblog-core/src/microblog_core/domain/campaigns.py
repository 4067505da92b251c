"""Campaigns: one mail by an operator to many people, and what became of it for each of them.

Who gets it is a filter over the accounts that can get mail at all: local, shown, with a confirmed address
that takes mail, and without having refused the operators' news. Nobody gets it twice: neither an account nor
an address, however it is spelled.
"""

from __future__ import annotations

import contextlib
import enum
import unicodedata

import msgspec

from microblog_core.domain.accounts import Account, Login, Role, clean_line, clean_text, email_key
from microblog_core.domain.errors import Invalid

NAME_LENGTH = 100
SUBJECT_LENGTH = 150
BODY_LENGTH = 20_000
RATE_MAX = 100_000
"""Mails a minute; 0 is as fast as the mail server takes them."""

DEFAULT_LOCALE = "en"
"""The language of messages to whoever never chose one."""

NEWS = "news"
"""The kind of a message that belongs to a campaign."""


class CampaignState(enum.StrEnum):
    """`scheduled` waits for its moment, or for the end of its grace. `paused` may go on; `cancelled` and
    `finished` are over.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


class RecipientState(enum.StrEnum):
    """What became of the mail to one person.

    `sending` is written before a mail is sent. `waiting` is tried (again): it has certainly not been taken.
    `failed` is given up. `unclear`: whoever sent it died or lost the connection, so that nobody knows; it is
    never sent again by itself. `skipped`: the person could not get it any more when its turn came.
    """

    SENDING = "sending"
    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"
    UNCLEAR = "unclear"
    SKIPPED = "skipped"


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a campaign is for, of those who can get mail; what is empty restricts nothing. Moments are Unix
    milliseconds.

    `locale` is the language of messages (`DEFAULT_LOCALE` for who never chose). `active_since`: published or
    logged in at this moment or later (a log-in is known to the quarter of an hour).
    """

    roles: tuple[Role, ...] = ()
    locale: str = ""
    joined_after: int | None = None
    joined_before: int | None = None
    active_since: int | None = None


class CampaignCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many recipients are in each state. `total` is how many there were when it began."""

    total: int = 0
    sending: int = 0
    sent: int = 0
    waiting: int = 0
    failed: int = 0
    unclear: int = 0
    skipped: int = 0

    @property
    def settled(self) -> int:
        """Those that are done with, one way or the other."""
        return self.sent + self.failed + self.unclear + self.skipped


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to many. `body` is text as in posts; `rate` is in mails a minute, 0 for no limit.

    `starts_at` is when sending begins. Recipients are taken in the order of their accounts' ids: those up to
    `cursor` have had their turn, and nobody above `up_to` was there when it began. `run` grows whenever it
    begins or goes on, and `taken_at` is when recipients were taken last. `version` grows with every change
    but that of counts. `problem` says why it paused by itself.
    """

    id: int
    name: str
    subject: str
    body: str
    audience: Audience = Audience()
    rate: int = 0
    state: CampaignState = CampaignState.DRAFT
    starts_at: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    created_at: int
    created_by: int | None = None
    up_to: int = 0
    cursor: int = 0
    run: int = 0
    taken_at: int = 0
    problem: str = ""
    version: int = 1
    counts: CampaignCounts = CampaignCounts()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent by itself."""
        return self.state in (CampaignState.CANCELLED, CampaignState.FINISHED)

    @property
    def may_resume(self) -> bool:
        """Whether there is something to go on with."""
        left = self.state is CampaignState.FINISHED and self.counts.waiting > 0
        return self.state is CampaignState.PAUSED or left


class Addressee(msgspec.Struct, frozen=True):
    """Somebody whose turn it is. `attempts` counts what mail servers answered so far. `eligible` is False for
    who can't get the mail any more; `address_key` is the address that the mail was meant for, empty for who
    had no turn yet.
    """

    account: Account
    login: Login
    attempts: int = 0
    eligible: bool = True
    address_key: str = ""


class AudienceChunk(msgspec.Struct, frozen=True):
    """Some of an audience, in the order of ids. `cursor` is where to look on, `ended` says that nobody is
    left.
    """

    addressees: tuple[Addressee, ...]
    cursor: int
    ended: bool


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the mail to one account; `at` is when (Unix milliseconds), `error` why, `due_at` when it
    is tried again.
    """

    campaign_id: int
    account_id: int
    username: str
    state: RecipientState
    attempts: int
    error: str
    due_at: int
    at: int
    claim: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written about one recipient."""

    account_id: int
    state: RecipientState
    attempts: int = 0
    due_at: int = 0
    error: str = ""


def address_key(email: str) -> str:
    """The spelling under which an address is one: case folded, compatible characters as one, and the domain
    as machines spell it.
    """
    local, at, domain = unicodedata.normalize("NFKC", email_key(email)).rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local.casefold()}{at}{domain.casefold().rstrip('.')}"


def check_campaign(name: str, subject: str, body: str, rate: int) -> tuple[str, str, str]:
    """Return name, subject and body, cleaned; raises `Invalid` with the fields `name`, `subject`, `body`,
    `rate`.
    """
    name, subject, body = clean_line(name), clean_line(subject), clean_text(body).strip()
    errors: dict[str, str] = {}
    for field, value, most in (
        ("name", name, NAME_LENGTH),
        ("subject", subject, SUBJECT_LENGTH),
        ("body", body, BODY_LENGTH),
    ):
        if not value:
            errors[field] = "Write something."
        elif len(value) > most:
            errors[field] = f"Use at most {most:,} characters; these are {len(value):,}."
    if not 0 <= rate <= RATE_MAX:
        errors["rate"] = f"Use 0 (no limit) to {RATE_MAX:,} mails a minute."
    if errors:
        raise Invalid(fields=errors)
    return name, subject, body


def check_audience(audience: Audience) -> Audience:
    """Raises `Invalid` with the field `joined_before` where nobody can be meant."""
    after, before = audience.joined_after, audience.joined_before
    if after is not None and before is not None and after >= before:
        raise Invalid(fields={"joined_before": "This must be later than the other moment."})
    return audience
