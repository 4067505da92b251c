"""Operations on push subscriptions."""

from __future__ import annotations

from microblog_core.domain.push import PushPolicy, PushSubscription
from microblog_core.ports.operations.base import Operation


class PutPushSubscription(Operation, frozen=True, kw_only=True):
    """A subscription, in place of the one that its token had. Guards: `id`; `exists` (the account has
    no such token).
    """

    subscription: PushSubscription

    def changed(self) -> tuple[str, ...]:
        """The account's subscriptions."""
        return (f"push:{self.subscription.account_id}",)


class UpdatePushSubscription(Operation, frozen=True, kw_only=True):
    """Other alerts or another policy; None leaves a value. Guard: `exists`."""

    token_id: int
    account_id: int
    alerts: tuple[str, ...] | None = None
    policy: PushPolicy | None = None

    def changed(self) -> tuple[str, ...]:
        """The account's subscriptions."""
        return (f"push:{self.account_id}",)


class DeletePushSubscription(Operation, frozen=True, kw_only=True):
    """A token's subscription goes, with `id` only if it is still this one; also what to do when its
    address is gone. What ends a token ends its subscription by itself.
    """

    token_id: int
    account_id: int
    id: int | None = None

    def changed(self) -> tuple[str, ...]:
        """The account's subscriptions."""
        return (f"push:{self.account_id}",)
