"""Delivery preferences, and what waits to be delivered."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.deliveries import DeliveryPreference, Frequency
from microblog_core.domain.notifications import NotificationKind
from microblog_plugins.sql.steps import Reader, Steps, reads

_PREFERENCES = "SELECT channel, kind, frequency FROM delivery_preferences WHERE account_id = :account"
_WAITING = (
    "SELECT notification_id FROM deliveries WHERE account_id = :account AND channel = :channel"
    " AND frequency = :frequency ORDER BY notification_id LIMIT :limit"
)


class Deliveries(Reader):
    """The contract's `DeliveryReader`."""

    @reads
    def preferences(self, account_id: int) -> Steps[Sequence[DeliveryPreference]]:
        """What the account chose."""
        rows = yield _PREFERENCES, {"account": account_id}
        return tuple(
            [
                DeliveryPreference(channel=row[0], kind=NotificationKind(row[1]), frequency=Frequency(row[2]))
                for row in rows
            ]
        )

    @reads
    def waiting(
        self, account_id: int, channel: str, frequency: Frequency, limit: int
    ) -> Steps[Sequence[int]]:
        """The ids of notifications that wait, oldest first."""
        values = {"account": account_id, "channel": channel, "frequency": str(frequency), "limit": limit}
        rows = yield _WAITING, values
        return tuple([row[0] for row in rows])
