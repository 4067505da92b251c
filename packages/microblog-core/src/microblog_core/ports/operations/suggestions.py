"""Operations on suggestions."""

from __future__ import annotations

from microblog_core.ports.operations.base import Operation


class DismissSuggestion(Operation, frozen=True, kw_only=True):
    """Somebody is no longer to be suggested to `account_id`. Guard: `exists` (one of the two is gone)."""

    account_id: int
    dismissed_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The account's suggestions."""
        return (f"suggestions:{self.account_id}",)
