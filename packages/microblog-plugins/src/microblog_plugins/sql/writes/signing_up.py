"""Signing up: invitations, approvals, and blocked mail addresses."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddInvitation,
    AddMailBlock,
    AddSignUp,
    DeleteMailBlock,
    RejectSignUp,
    RevokeInvitation,
    UseInvitation,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.signing_up import INVITATION, MAIL_BLOCK
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes import statistics
from microblog_plugins.sql.writes.locks import lock_account

_SIGN_UP = insert(
    "sign_ups",
    ["account_id", "reason", "invitation_id"],
    "ON CONFLICT (account_id) DO UPDATE SET reason = excluded.reason, invitation_id = excluded.invitation_id",
)
_INVITATION = insert("invitations", INVITATION)
_MAIL_BLOCK = insert("mail_blocks", MAIL_BLOCK)
_USABLE = "revoked_at = 0 AND (uses_max = 0 OR uses < uses_max) AND (expires_at = 0 OR expires_at > :at)"
# Of many at the same time each sees what the one before it left.
_USE = (
    f"UPDATE invitations SET uses = uses + 1 WHERE id = :id AND {_USABLE} AND EXISTS (SELECT 1 FROM accounts"
    " a WHERE a.id = invitations.account_id AND a.state = 'active') RETURNING id"
)
_USABLE_OF = f"SELECT COUNT(*) FROM invitations WHERE account_id = :account AND {_USABLE}"
_REVOKE = (
    "UPDATE invitations SET revoked_at = :at WHERE id = :id AND account_id = :account AND revoked_at = 0"
    " RETURNING id"
)


def add_sign_up(dialect: Dialect, operation: AddSignUp) -> Steps[None]:
    """How an account came; guard `exists`."""
    yield (
        _SIGN_UP,
        {
            "account_id": operation.account_id,
            "reason": operation.reason,
            "invitation_id": operation.invitation_id,
        },
    )


def use_invitation(dialect: Dialect, operation: UseInvitation) -> Steps[None]:
    """One use more; guard `invitation`."""
    if not (yield _USE, {"id": operation.invitation_id, "at": operation.at}):
        raise Conflict("The invitation can't be used any more.", guard="invitation")


def add_invitation(dialect: Dialect, operation: AddInvitation) -> Steps[None]:
    """A new invitation; guards `id`, `code`, `exists`, `limit`."""
    made = operation.invitation
    yield from lock_account(dialect, made.account_id)
    counted = yield _USABLE_OF, {"account": made.account_id, "at": made.created_at}
    if counted[0][0] >= operation.limit:
        raise Conflict("There are too many invitations.", guard="limit")
    yield _INVITATION, {name: getattr(made, name) for name in INVITATION}


def revoke_invitation(dialect: Dialect, operation: RevokeInvitation) -> Steps[None]:
    """Nobody comes by it any more; guard `exists`."""
    values = {"id": operation.invitation_id, "account": operation.account_id, "at": operation.at}
    if not (yield _REVOKE, values):
        raise Conflict("There is no such invitation.", guard="exists")


def reject_sign_up(dialect: Dialect, operation: RejectSignUp) -> Steps[None]:
    """Remove an account that waits; guard `state`."""
    values = {"id": operation.account_id}
    waiting = f"SELECT created_at FROM accounts WHERE id = :id AND state = 'pending'{dialect.locked()}"
    if not (found := (yield waiting, values)):
        raise Conflict("The account does not wait any more.", guard="state")
    for table in ("sign_ups", "logins", "account_words"):
        yield f"DELETE FROM {table} WHERE account_id = :id", values
    yield "DELETE FROM accounts WHERE id = :id", values
    yield from statistics.mark_moment(found[0][0])


def add_mail_block(dialect: Dialect, operation: AddMailBlock) -> Steps[None]:
    """A new block; guards `id`, `pattern`."""
    yield _MAIL_BLOCK, {name: getattr(operation.block, name) for name in MAIL_BLOCK}


def delete_mail_block(dialect: Dialect, operation: DeleteMailBlock) -> Steps[None]:
    """A block goes."""
    yield "DELETE FROM mail_blocks WHERE id = :id", {"id": operation.block_id}
