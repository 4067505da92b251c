"""Operations of leaving: deleting an account with a grace, coming back, and removing what is left."""

from __future__ import annotations

from microblog_core.domain.accounts import AccountState
from microblog_core.ports.operations.accounts import SetAccountState
from microblog_core.ports.operations.base import Operation


def _state_keys(account_id: int) -> tuple[str, ...]:
    return SetAccountState(account_id=account_id, state=AccountState.LEAVING).changed()


class AddDeparture(Operation, frozen=True, kw_only=True):
    """The account becomes `leaving`: hidden, without sessions and tokens, its state of before remembered.

    Guards: `exists`; `state` (it is leaving, deleted or pending already).
    """

    account_id: int
    left_at: int
    due_at: int

    def changed(self) -> tuple[str, ...]:
        """Everything that shows the account."""
        return _state_keys(self.account_id)


class EndDeparture(Operation, frozen=True, kw_only=True):
    """The account comes back in the state of before. Guard: `departure` (it is not leaving, or was due before
    this moment).
    """

    account_id: int
    at: int

    def changed(self) -> tuple[str, ...]:
        """Everything that shows the account."""
        return _state_keys(self.account_id)


class EraseAccount(Operation, frozen=True, kw_only=True):
    """Remove up to `limit` of each kind of what a deleted account left beside its posts: follows in both
    directions, favourites, bookmarks, lists, filters, notifications, preferences and so on. What others did
    with the account (blocks, notes, reports) is theirs. Nothing for an account that isn't `deleted`.
    """

    account_id: int
    limit: int

    def changed(self) -> tuple[str, ...]:
        """Pages that count it."""
        return (f"account:{self.account_id}", "public")


class FinishDeparture(Operation, frozen=True, kw_only=True):
    """Nothing is left of the account but its name."""

    account_id: int
