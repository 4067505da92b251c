"""Signing up in memory: what operations on it write, and reading it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.accounts import Account, AccountState, confusable_key, email_key
from microblog_core.domain.errors import Conflict
from microblog_core.domain.signing_up import Invitation, Invited, MailBlock, PendingAccount
from microblog_core.domain.timelines import Listing, Page
from microblog_core.memory.account_reads import sight_of
from microblog_core.memory.paging import cut
from microblog_core.memory.statistics_writes import mark_stale
from microblog_core.memory.tables import SignedUp, Tables
from microblog_core.memory.visibility import sees_account
from microblog_core.ports.operations import (
    AddInvitation,
    AddMailBlock,
    AddSignUp,
    DeleteMailBlock,
    RejectSignUp,
    RevokeInvitation,
    UseInvitation,
)


def add_sign_up(tables: Tables, operation: AddSignUp) -> None:
    """How an account came; guard `exists`."""
    if operation.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    tables.sign_ups.put(operation.account_id, SignedUp(operation.reason, operation.invitation_id))


def use_invitation(tables: Tables, operation: UseInvitation) -> None:
    """One use more; guard `invitation`."""
    found = tables.invitations.get(operation.invitation_id)
    inviter = tables.accounts.get(found.account_id) if found is not None else None
    if (
        found is None
        or inviter is None
        or inviter.state is not AccountState.ACTIVE
        or not found.usable(operation.at)
    ):
        raise Conflict("The invitation can't be used any more.", guard="invitation")
    tables.invitations.put(found.id, replace(found, uses=found.uses + 1))


def add_invitation(tables: Tables, operation: AddInvitation) -> None:
    """A new invitation; guards `id`, `code`, `exists`, `limit`."""
    made = operation.invitation
    stored = tables.invitations.rows.values()
    if made.id in tables.invitations:
        raise Conflict("An invitation with this id exists.", guard="id")
    if any(each.code == made.code for each in stored):
        raise Conflict("An invitation with this code exists.", guard="code")
    if made.account_id not in tables.accounts:
        raise Conflict("The account is gone.", guard="exists")
    own = [each for each in stored if each.account_id == made.account_id and each.usable(made.created_at)]
    if len(own) >= operation.limit:
        raise Conflict("There are too many invitations.", guard="limit")
    tables.invitations.put(made.id, made)


def revoke_invitation(tables: Tables, operation: RevokeInvitation) -> None:
    """Nobody comes by it any more; guard `exists`."""
    found = tables.invitations.get(operation.invitation_id)
    if found is None or found.account_id != operation.account_id or found.revoked_at:
        raise Conflict("There is no such invitation.", guard="exists")
    tables.invitations.put(found.id, replace(found, revoked_at=operation.at))


def reject_sign_up(tables: Tables, operation: RejectSignUp) -> None:
    """Remove an account that waits; guard `state`."""
    account = tables.accounts.get(operation.account_id)
    if account is None or account.state is not AccountState.PENDING:
        raise Conflict("The account does not wait any more.", guard="state")
    login = tables.logins.remove(account.id)
    if login is not None:
        tables.emails.remove(email_key(login.email))
    tables.sign_ups.remove(account.id)
    tables.names.remove((account.username_key, account.domain))
    tables.skeletons.remove(confusable_key(account.username))
    tables.accounts.remove(account.id)
    mark_stale(tables, account.created_at)


def add_mail_block(tables: Tables, operation: AddMailBlock) -> None:
    """A new block; guards `id`, `pattern`."""
    block = operation.block
    if block.id in tables.mail_blocks:
        raise Conflict("A block with this id exists.", guard="id")
    if any(each.pattern == block.pattern for each in tables.mail_blocks.rows.values()):
        raise Conflict("This is blocked already.", guard="pattern")
    tables.mail_blocks.put(block.id, block)


def delete_mail_block(tables: Tables, operation: DeleteMailBlock) -> None:
    """A block goes."""
    tables.mail_blocks.remove(operation.block_id)


class SignUpReads:
    """A `ports.signing_up.SignUpReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def pending(self, page: Page) -> Listing[PendingAccount]:
        """Who waits for approval."""
        waiting = (
            self._waiting(each)
            for each in self._tables.accounts.rows.values()
            if each.state is AccountState.PENDING and each.id in self._tables.logins
        )
        return cut(waiting, page, lambda each: each.account.id)

    def _waiting(self, account: Account) -> PendingAccount:
        came, login = self._tables.sign_ups.get(account.id), self._tables.logins.rows[account.id]
        confirmed = login.email_confirmed_at > 0
        return PendingAccount(account, login.email, came.reason if came is not None else "", confirmed)

    async def invitation(self, code: str) -> Invited | None:
        """The invitation of this code."""
        for each in self._tables.invitations.rows.values():
            if each.code == code:
                return Invited(each, self._tables.accounts.rows[each.account_id])
        return None

    async def invitations(self, account_id: int, page: Page) -> Listing[Invitation]:
        """An account's invitations."""
        stored = self._tables.invitations.rows.values()
        return cut((each for each in stored if each.account_id == account_id), page, lambda each: each.id)

    async def came_by(self, account_id: int, invitation_id: int, page: Page) -> Listing[Account] | None:
        """Who came by an invitation and is shown."""
        found, sight = self._tables.invitations.get(invitation_id), sight_of(self._tables, account_id)
        if found is None or found.account_id != account_id:
            return None
        came = (
            self._tables.accounts.rows[other]
            for other, how in self._tables.sign_ups.rows.items()
            if how.invitation_id == invitation_id and sees_account(sight, other)
        )
        return cut(came, page, lambda each: each.id)

    async def mail_block(self, patterns: Sequence[str]) -> MailBlock | None:
        """A block with one of these patterns."""
        found = (each for each in self._tables.mail_blocks.rows.values() if each.pattern in patterns)
        return min(found, key=lambda each: each.id, default=None)

    async def mail_blocks(self, page: Page) -> Listing[MailBlock]:
        """All blocks."""
        return cut(self._tables.mail_blocks.rows.values(), page, lambda each: each.id)
