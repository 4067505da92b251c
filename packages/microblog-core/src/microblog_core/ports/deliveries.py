"""Reading delivery preferences and what waits to be delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from microblog_core.domain.deliveries import DeliveryPreference, Frequency


class DeliveryReader(Protocol):
    """How people want to be told, and of what they are still to be told."""

    async def preferences(self, account_id: int) -> Sequence[DeliveryPreference]:
        """What the account chose, for all channels; kinds that it never chose for are left out."""
        ...

    async def waiting(self, account_id: int, channel: str, frequency: Frequency, limit: int) -> Sequence[int]:
        """The ids of notifications that wait, oldest first, at most `limit`."""
        ...
