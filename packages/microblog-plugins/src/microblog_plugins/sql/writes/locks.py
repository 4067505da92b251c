"""What a unit locks before it looks and decides, so that a guard holds while others write."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.steps import Steps


def lock_account(dialect: Dialect, account_id: int) -> Steps[None]:
    """Whatever else is decided for this account waits until this unit is done; guard `exists`."""
    if not (yield f"SELECT id FROM accounts WHERE id = :id{dialect.locked()}", {"id": account_id}):
        raise Conflict("The account is gone.", guard="exists")
