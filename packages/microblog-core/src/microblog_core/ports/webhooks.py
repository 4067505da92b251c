"""Reading web hooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.webhooks import Webhook


class WebhookReader(Protocol):
    """Who else is told what happens."""

    async def get(self, webhook_id: int) -> Webhook | None:
        """One target."""
        ...

    async def of(self, account_id: int | None) -> Sequence[Webhook]:
        """The targets of an account, or the site's for None, oldest first."""
        ...
