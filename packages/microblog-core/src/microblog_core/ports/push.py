"""Reading push subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.push import PushSubscription


class PushReader(Protocol):
    """Where apps want to be told of notifications."""

    async def get(self, token_id: int) -> PushSubscription | None:
        """The subscription of an access token."""
        ...

    async def of(self, account_id: int) -> Sequence[PushSubscription]:
        """All subscriptions of an account, oldest first, to deliver to."""
        ...
