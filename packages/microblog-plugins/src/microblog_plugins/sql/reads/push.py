"""Push subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from microblog_core.domain.push import PushPolicy, PushSubscription
from microblog_plugins.sql.rows import columns
from microblog_plugins.sql.steps import Reader, Row, Steps, reads

PUSH = "id token_id account_id endpoint p256dh auth alerts policy standard created_at sealed_token".split()

_SELECT = f"SELECT {columns(PUSH, 's')} FROM push_subscriptions s"


def _subscription_of(row: Row) -> PushSubscription:
    values = dict(zip(PUSH, row, strict=True))
    values |= {
        "alerts": tuple(values["alerts"].split()),
        "policy": PushPolicy(values["policy"]),
        "standard": values["standard"] == 1,
    }
    return PushSubscription(**values)


class Push(Reader):
    """The contract's `PushReader`."""

    @reads
    def get(self, token_id: int) -> Steps[PushSubscription | None]:
        """The subscription of an access token."""
        rows = yield f"{_SELECT} WHERE s.token_id = :token", {"token": token_id}
        return _subscription_of(rows[0]) if rows else None

    @reads
    def of(self, account_id: int) -> Steps[Sequence[PushSubscription]]:
        """All subscriptions of an account, oldest first."""
        rows = yield f"{_SELECT} WHERE s.account_id = :account ORDER BY s.id", {"account": account_id}
        return tuple([_subscription_of(row) for row in rows])
