"""Operations of signing up: invitations, approvals, and mail addresses that are blocked."""

from __future__ import annotations

from microblog_core.domain.signing_up import INVITATIONS_MAX, Invitation, MailBlock
from microblog_core.ports.operations.base import Operation


class AddSignUp(Operation, frozen=True, kw_only=True):
    """How an account came here: why, and by whose invitation. Guard: `exists` (the account is gone)."""

    account_id: int
    reason: str = ""
    invitation_id: int | None = None


class UseInvitation(Operation, frozen=True, kw_only=True):
    """One use more. Guard: `invitation` (it is gone, used up, over or revoked at this moment, or whoever
    invites is not active).
    """

    invitation_id: int
    at: int


class AddInvitation(Operation, frozen=True, kw_only=True):
    """A new invitation. Guards: `id`; `code`; `exists` (the inviter is gone); `limit` (they have `limit` that
    can be used at the moment when this one is made).
    """

    invitation: Invitation
    limit: int = INVITATIONS_MAX


class RevokeInvitation(Operation, frozen=True, kw_only=True):
    """Nobody comes by it any more. Guard: `exists` (it is gone, somebody else's, or revoked already)."""

    invitation_id: int
    account_id: int
    at: int


class RejectSignUp(Operation, frozen=True, kw_only=True):
    """Remove an account that waits for approval, as if it had never been; its name and address are free.

    Guard: `state` (it does not wait any more).
    """

    account_id: int

    def changed(self) -> tuple[str, ...]:
        """The account, for whoever looked it up."""
        return (f"account:{self.account_id}", "accounts")


class AddMailBlock(Operation, frozen=True, kw_only=True):
    """Nobody signs up with this any more. Guards: `id`; `pattern` (it is blocked already)."""

    block: MailBlock


class DeleteMailBlock(Operation, frozen=True, kw_only=True):
    """People sign up with it again."""

    block_id: int
