"""Reading what moderators decided, and what they need for it. None of it is for anybody else but a person's
own strikes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.accounts import Account
from microblog_core.domain.moderation import (
    AccountFigures,
    AccountFilter,
    AuditFilter,
    AuditLine,
    NoteEntry,
    Strike,
    StrikeEntry,
)
from microblog_core.domain.posts import Post
from microblog_core.domain.timelines import Listing, Page


class ModerationReader(Protocol):
    """Strikes, appeals, notes, accounts and the audit log."""

    async def strike(self, strike_id: int) -> StrikeEntry | None:
        """One decision."""
        ...

    async def strikes(self, account_id: int, page: Page) -> Listing[StrikeEntry]:
        """Decisions about an account, newest first."""
        ...

    async def in_force(self, account_id: int) -> Sequence[Strike]:
        """Decisions about an account's state that were not taken back, oldest first."""
        ...

    async def appeals(self, page: Page) -> Listing[StrikeEntry]:
        """Decisions with an open appeal, newest first."""
        ...

    async def notes(self, report_id: int) -> Sequence[NoteEntry]:
        """The newest `NOTES_SHOWN` notes on a report, oldest first."""
        ...

    async def posts(self, report_id: int) -> Sequence[Post]:
        """What a report names and is there, newest first, whoever else may see it: who reported it showed
        it to the moderators. Boosts are left out, and deleted posts that can still be brought back.
        """
        ...

    async def accounts(self, wanted: AccountFilter, page: Page) -> Listing[Account]:
        """Local accounts, newest first."""
        ...

    async def find(self, words: Sequence[str], wanted: AccountFilter, email: str = "") -> Sequence[Account]:
        """Up to `FOUND_MAX` local accounts with a name that begins so for each of the words (folded as by
        `domain.words`), or with exactly this address (`email_key`), newest first.
        """
        ...

    async def figures(self, account_id: int, now: int) -> AccountFigures:
        """What there is about an account."""
        ...

    async def audit(self, wanted: AuditFilter, page: Page) -> Listing[AuditLine]:
        """The audit log, newest first. Nothing ever changes or removes a line of it."""
        ...

    async def audit_actions(self) -> Sequence[str]:
        """All actions that the audit log has, in order."""
        ...
