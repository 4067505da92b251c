"""Moderation: what moderators decide about people, what people answer, and who did what.

A `Strike` is one decision with its reason; it stays in the account's history whatever becomes of it. An
account is in the state of the strictest decision that is in force.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, Role, clean_text, is_blank
from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import MAX_ID

REASON_LENGTH = 1_000
APPEAL_LENGTH = 2_000
NOTE_LENGTH = 2_000
NOTES_SHOWN = 200
"""Notes of one report that are shown, the newest."""
FOUND_MAX = 40
"""People that one search finds."""
CSV_LINES = 10_000
"""Lines of the audit log that one file holds, the newest."""


class ModerationAct(enum.StrEnum):
    """What moderators do about an account: from words to hiding it."""

    WARN = "warn"
    MARK_SENSITIVE = "mark_sensitive"
    DELETE_POSTS = "delete_posts"
    SILENCE = "silence"
    DISABLE = "disable"
    SUSPEND = "suspend"


STATES = {
    ModerationAct.SILENCE: AccountState.SILENCED,
    ModerationAct.DISABLE: AccountState.DISABLED,
    ModerationAct.SUSPEND: AccountState.SUSPENDED,
}
"""The state that an act brings an account into, the mildest first."""
ABOUT_POSTS = (ModerationAct.MARK_SENSITIVE, ModerationAct.DELETE_POSTS)
_STRICTNESS = [
    AccountState.ACTIVE,
    *STATES.values(),
    # Nothing milder than the end helps: whoever waits is approved or rejected, and whoever leaves is hidden.
    AccountState.PENDING,
    AccountState.LEAVING,
    AccountState.DELETED,
]


class AppealState(enum.StrEnum):
    """Whether somebody asked to have a decision looked at again, and what came of it."""

    NONE = "none"
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about `account_id`. `reason` is told to the person, `moderator_id` never; it is None where
    the system decided. `post_ids` are what it is about, which may be gone.

    `overruled_at` (Unix milliseconds) is when it was taken back. An appeal is made once, and decided once.
    """

    id: int
    account_id: int
    moderator_id: int | None
    act: ModerationAct
    reason: str
    report_id: int | None = None
    post_ids: tuple[int, ...] = ()
    created_at: int
    overruled_at: int | None = None
    overruled_by: int | None = None
    appeal: str = ""
    appeal_state: AppealState = AppealState.NONE
    appealed_at: int | None = None
    decided_at: int | None = None
    decided_by: int | None = None


class StrikeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A strike with the people in it, whatever their state."""

    id: int
    strike: Strike
    account: Account
    moderator: Account | None = None


class ReportNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator wants other moderators to know about a report."""

    id: int
    report_id: int
    author_id: int
    text: str
    created_at: int


class NoteEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A note with who wrote it."""

    id: int
    note: ReportNote
    author: Account


class AccountFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which local accounts; None for any."""

    role: Role | None = None
    state: AccountState | None = None


class AccountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What moderators want to know of an account beside what everybody sees. `last_log_in_at` is that of the
    newest session (Unix milliseconds), None without one.
    """

    reports: int = 0
    open_reports: int = 0
    reported: int = 0
    """Reports that the person made."""
    strikes: int = 0
    sessions: int = 0
    last_log_in_at: int | None = None


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log. `subject` is what was done something to: an id or a name, maybe with more
    words after it. `actor` is None for the system, and for visitors.
    """

    id: int
    actor: Account | None
    actor_id: int | None
    action: str
    subject: str
    detail: str
    created_at: int


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines of the audit log; None and "" for any. `about` is the first word of the subject. Moments
    are Unix milliseconds: from `since` on, before `until`.
    """

    actor_id: int | None = None
    action: str = ""
    about: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def first_id(self) -> int:
        """No line that is wanted has a smaller id: ids are time-ordered."""
        return min(max(self.since or 0, 0) << 16, MAX_ID)

    @property
    def beyond_id(self) -> int:
        """Every line that is wanted has a smaller id."""
        return MAX_ID if self.until is None else min(max(self.until, 0) << 16, MAX_ID)


class AccountRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account as moderators see it; `login` is None for whom the address is none of their business."""

    account: Account
    figures: AccountFigures
    login: Login | None = None


def about_of(subject: str) -> str:
    """By which word of it a line of the audit log is found."""
    return subject.partition(" ")[0]


def is_stricter(state: AccountState, than: AccountState) -> bool:
    """Whether less is left to an account in this state. One that waits for approval is approved or rejected
    first, and one that leaves is hidden already: it can only be kept from coming back.
    """
    if than is AccountState.PENDING:
        return False
    if than is AccountState.LEAVING:
        return state in (AccountState.SUSPENDED, AccountState.DELETED)
    return _STRICTNESS.index(state) > _STRICTNESS.index(than)


def state_by(acts: Iterable[ModerationAct]) -> AccountState:
    """The state of an account about which these decisions are in force."""
    states = (STATES[act] for act in acts if act in STATES)
    return max(states, key=_STRICTNESS.index, default=AccountState.ACTIVE)


def check_words(text: str, field: str, limit: int, missing: str) -> str:
    """Return the text without what can't be seen; raises `Invalid` with this field where nothing is left, or
    too much.
    """
    text = clean_text(text).strip()
    if is_blank(text):
        raise Invalid(fields={field: missing})
    if len(text) > limit:
        raise Invalid(fields={field: f"Use at most {limit:,} characters."})
    return text


def check_act(value: str) -> ModerationAct:
    """Read an act from the wire; raises `Invalid` with the field `act`."""
    try:
        return ModerationAct(value)
    except ValueError:
        acts = ", ".join(ModerationAct)
        raise Invalid(fields={"act": f"Choose one of {acts}."}) from None


def check_role(value: str) -> Role:
    """Read a role from the wire; raises `Invalid` with the field `role`."""
    try:
        return Role(value)
    except ValueError:
        raise Invalid(fields={"role": f"Choose one of {', '.join(Role)}."}) from None
