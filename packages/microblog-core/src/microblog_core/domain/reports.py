"""Reports: what people tell the moderators of an account and its posts."""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.accounts import Account, clean_text
from microblog_core.domain.errors import Invalid

COMMENT_LENGTH = 1_000
REPORTED_POSTS_MAX = 50
"""Posts that one report names."""


class ReportCategory(enum.StrEnum):
    """What is wrong, in the reporter's eyes; `violation` is of the site's rules."""

    SPAM = "spam"
    LEGAL = "legal"
    VIOLATION = "violation"
    OTHER = "other"


class ReportState(enum.StrEnum):
    """Whether moderators still have to look at it."""

    OPEN = "open"
    RESOLVED = "resolved"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`reporter_id` tells of `target_id` and some posts of theirs, which may be gone by now.

    `assigned_id` is the moderator who has taken it. `action_taken_at` (Unix milliseconds) is when it was
    resolved. `forwarded` is for federation.
    """

    id: int
    reporter_id: int
    target_id: int
    post_ids: tuple[int, ...] = ()
    comment: str = ""
    category: ReportCategory = ReportCategory.OTHER
    rule_ids: tuple[str, ...] = ()
    forwarded: bool = False
    created_at: int
    state: ReportState = ReportState.OPEN
    action_taken_at: int | None = None
    assigned_id: int | None = None


class ReportEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A report as moderators see it, with the people in it, whatever their state."""

    id: int
    report: Report
    reporter: Account
    target: Account
    assigned: Account | None = None


def check_comment(comment: str) -> str:
    """Return the text without what can't be seen; raises `Invalid` with the field `comment`."""
    comment = clean_text(comment).strip()
    if len(comment) > COMMENT_LENGTH:
        raise Invalid(fields={"comment": f"Use at most {COMMENT_LENGTH} characters."})
    return comment


def check_category(value: str) -> ReportCategory:
    """Read a category from the wire; raises `Invalid` with the field `category`."""
    try:
        return ReportCategory(value)
    except ValueError:
        categories = ", ".join(ReportCategory)
        raise Invalid(fields={"category": f"Choose one of {categories}."}) from None
