"""Push subscriptions in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.push import PushSubscription
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    DeletePushSubscription,
    PutPushSubscription,
    UpdatePushSubscription,
)


def _own(tables: Tables, token_id: int, account_id: int) -> PushSubscription | None:
    found = tables.push.get(token_id)
    return found if found is not None and found.account_id == account_id else None


def put_push_subscription(tables: Tables, operation: PutPushSubscription) -> None:
    """A subscription; guards `id`, `exists`."""
    made = operation.subscription
    if not any(
        (token.id, token.account_id) == (made.token_id, made.account_id)
        for token in tables.tokens.rows.values()
    ):
        raise Conflict("The token is gone.", guard="exists")
    if any(each.id == made.id and each.token_id != made.token_id for each in tables.push.rows.values()):
        raise Conflict("A subscription with this id exists.", guard="id")
    tables.push.put(made.token_id, made)


def update_push_subscription(tables: Tables, operation: UpdatePushSubscription) -> None:
    """Other alerts or another policy; guard `exists`."""
    found = _own(tables, operation.token_id, operation.account_id)
    if found is None:
        raise Conflict("There is no such subscription.", guard="exists")
    alerts = found.alerts if operation.alerts is None else operation.alerts
    policy = found.policy if operation.policy is None else operation.policy
    tables.push.put(found.token_id, replace(found, alerts=alerts, policy=policy))


def delete_push_subscription(tables: Tables, operation: DeletePushSubscription) -> None:
    """A token's subscription goes."""
    found = _own(tables, operation.token_id, operation.account_id)
    if found is not None and operation.id in (None, found.id):
        tables.push.remove(operation.token_id)


class PushReads:
    """A `ports.push.PushReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, token_id: int) -> PushSubscription | None:
        """The subscription of an access token."""
        return self._tables.push.get(token_id)

    async def of(self, account_id: int) -> Sequence[PushSubscription]:
        """All subscriptions of an account, oldest first."""
        own = [each for each in self._tables.push.rows.values() if each.account_id == account_id]
        return tuple(sorted(own, key=lambda each: each.id))
