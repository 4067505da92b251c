"""Suggestions that somebody doesn't want."""

from __future__ import annotations

from microblog_core.ports.operations import DismissSuggestion
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_DISMISS = insert(
    "dismissed_suggestions", ["account_id", "dismissed_id", "created_at"], "ON CONFLICT DO NOTHING"
)


def dismiss_suggestion(dialect: Dialect, operation: DismissSuggestion) -> Steps[None]:
    """Somebody is no longer to be suggested; guard `exists`."""
    yield (
        _DISMISS,
        {
            "account_id": operation.account_id,
            "dismissed_id": operation.dismissed_id,
            "created_at": operation.created_at,
        },
    )
