"""Reading what signing up stands on: who waits, invitations, and blocked mail addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.accounts import Account
from microblog_core.domain.signing_up import Invitation, Invited, MailBlock, PendingAccount
from microblog_core.domain.timelines import Listing, Page


class SignUpReader(Protocol):
    """Who wants to come, and how."""

    async def pending(self, page: Page) -> Listing[PendingAccount]:
        """Who waits for approval, newest first; pages by the account's id."""
        ...

    async def invitation(self, code: str) -> Invited | None:
        """The invitation of this code, usable or not."""
        ...

    async def invitations(self, account_id: int, page: Page) -> Listing[Invitation]:
        """An account's invitations, newest first."""
        ...

    async def came_by(self, account_id: int, invitation_id: int, page: Page) -> Listing[Account] | None:
        """Who came by an invitation and is shown, newest first; None where the account has no such
        invitation.
        """
        ...

    async def mail_block(self, patterns: Sequence[str]) -> MailBlock | None:
        """A block with one of these patterns (`domain.signing_up.patterns_of`)."""
        ...

    async def mail_blocks(self, page: Page) -> Listing[MailBlock]:
        """All blocks, newest first."""
        ...
