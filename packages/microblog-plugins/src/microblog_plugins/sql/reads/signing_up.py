"""Who wants to come, and how: sign-ups that wait, invitations, blocked mail addresses."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.accounts import Account
from microblog_core.domain.signing_up import Invitation, Invited, MailBlock, PendingAccount
from microblog_core.domain.timelines import Listing, Page
from microblog_plugins.sql.paging import Source, mapped, read_page
from microblog_plugins.sql.rows import ACCOUNT, ACCOUNT_WIDTH, account_of, columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads
from microblog_plugins.sql.visibility import account_shown

INVITATION = "id account_id code uses_max uses expires_at follows revoked_at created_at".split()
MAIL_BLOCK = "id pattern note created_at".split()

_PENDING = Source(
    f"{columns(ACCOUNT, 'a')}, l.email, COALESCE(s.reason, ''), l.email_confirmed_at",
    "accounts a JOIN logins l ON l.account_id = a.id LEFT JOIN sign_ups s ON s.account_id = a.id"
    " WHERE a.state = 'pending'",
    "a.id",
)
_BY_CODE = (
    f"SELECT {columns(INVITATION, 'i')}, {columns(ACCOUNT, 'a')}"
    " FROM invitations i JOIN accounts a ON a.id = i.account_id WHERE i.code = :code"
)
_OWN = Source(columns(INVITATION, "i"), "invitations i WHERE i.account_id = :account", "i.id")
_CAME_BY = Source(
    columns(ACCOUNT, "a"),
    "sign_ups s CROSS JOIN accounts a WHERE s.invitation_id = :invitation AND a.id = s.account_id"
    f" AND {account_shown('a', True)}",
    "s.account_id",
)
_BLOCKS = Source(columns(MAIL_BLOCK, "b"), "mail_blocks b WHERE TRUE", "b.id")


def _invitation_of(row: Row) -> Invitation:
    values = dict(zip(INVITATION, row[: len(INVITATION)], strict=True))
    return Invitation(**values | {"follows": values["follows"] == 1})


def _block_of(row: Row) -> MailBlock:
    return MailBlock(**dict(zip(MAIL_BLOCK, row, strict=True)))


def _pending_of(row: Row) -> PendingAccount:
    email, reason, confirmed_at = row[ACCOUNT_WIDTH:]
    return PendingAccount(account_of(row), email, reason, confirmed_at > 0)


class SignUps(Reader):
    """The contract's `SignUpReader`."""

    @reads
    def pending(self, page: Page) -> Steps[Listing[PendingAccount]]:
        """Who waits for approval."""
        return mapped((yield from read_page(_PENDING, {}, page)), _pending_of)

    @reads
    def invitation(self, code: str) -> Steps[Invited | None]:
        """The invitation of this code."""
        rows = yield _BY_CODE, {"code": code}
        return Invited(_invitation_of(rows[0]), account_of(rows[0], len(INVITATION))) if rows else None

    @reads
    def invitations(self, account_id: int, page: Page) -> Steps[Listing[Invitation]]:
        """An account's invitations."""
        return mapped((yield from read_page(_OWN, {"account": account_id}, page)), _invitation_of)

    @reads
    def came_by(self, account_id: int, invitation_id: int, page: Page) -> Steps[Listing[Account] | None]:
        """Who came by an invitation and is shown."""
        values = {"viewer": account_id, "invitation": invitation_id}
        own = "SELECT id FROM invitations WHERE id = :invitation AND account_id = :viewer"
        if not (yield own, values):
            return None
        return mapped((yield from read_page(_CAME_BY, values, page)), account_of)

    @reads
    def mail_block(self, patterns: Sequence[str]) -> Steps[MailBlock | None]:
        """A block with one of these patterns."""
        among = self._dialect.among_texts("b.pattern", "patterns")
        statement = f"SELECT {columns(MAIL_BLOCK, 'b')} FROM mail_blocks b WHERE {among} LIMIT 1"
        rows = yield statement, {"patterns": self._dialect.texts(patterns)}
        return _block_of(rows[0]) if rows else None

    @reads
    def mail_blocks(self, page: Page) -> Steps[Listing[MailBlock]]:
        """All blocks."""
        return mapped((yield from read_page(_BLOCKS, {}, page)), _block_of)
