"""Web hooks in memory: what operations on them write, and reading them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.webhooks import Webhook, WebhookState
from microblog_core.memory.tables import Tables
from microblog_core.ports.operations import (
    AddWebhook,
    DeleteWebhook,
    RecordWebhook,
    RotateWebhook,
    SetWebhookState,
)


def add_webhook(tables: Tables, operation: AddWebhook) -> None:
    """A new target; guards `id`, `exists`, `limit`."""
    made = operation.webhook
    if made.id in tables.webhooks:
        raise Conflict("A web hook with this id exists.", guard="id")
    if made.account_id is not None:
        if made.account_id not in tables.accounts:
            raise Conflict("The account is gone.", guard="exists")
        if len(_of(tables, made.account_id)) >= operation.limit:
            raise Conflict("There are too many web hooks.", guard="limit")
    tables.webhooks.put(made.id, made)


def set_webhook_state(tables: Tables, operation: SetWebhookState) -> None:
    """A target is told, or no more; guard `exists`."""
    changed = replace(_own(tables, operation.webhook_id, operation.account_id), state=operation.state)
    if operation.state is WebhookState.ACTIVE:
        changed = replace(changed, failures=0, failing_since=0)
    tables.webhooks.put(changed.id, changed)


def rotate_webhook(tables: Tables, operation: RotateWebhook) -> None:
    """A new secret; guard `exists`."""
    found = _own(tables, operation.webhook_id, operation.account_id)
    changed = replace(found, secret=operation.secret, previous_secret=found.secret, rotated_at=operation.at)
    tables.webhooks.put(found.id, changed)


def delete_webhook(tables: Tables, operation: DeleteWebhook) -> None:
    """A target goes."""
    found = tables.webhooks.get(operation.webhook_id)
    if found is not None and found.account_id == operation.account_id:
        tables.webhooks.remove(found.id)


def record_webhook(tables: Tables, operation: RecordWebhook) -> None:
    """What came of a try."""
    found = tables.webhooks.get(operation.webhook_id)
    if found is None:
        return
    failures = found.failures + 1 if operation.error else 0
    since = (found.failing_since or operation.at) if operation.error else 0
    too_long = failures >= operation.failures and since <= operation.at - operation.milliseconds
    state = operation.becomes or found.state
    if operation.error and too_long and state is WebhookState.ACTIVE:
        state = WebhookState.FAILING
    changed = replace(
        found,
        state=state,
        last_at=operation.at,
        last_status=operation.status,
        last_error=operation.error,
        failures=failures,
        failing_since=since,
    )
    tables.webhooks.put(found.id, changed)


def _own(tables: Tables, webhook_id: int, account_id: int | None) -> Webhook:
    found = tables.webhooks.get(webhook_id)
    if found is None or found.account_id != account_id:
        raise Conflict("There is no such web hook.", guard="exists")
    return found


def _of(tables: Tables, account_id: int | None) -> list[Webhook]:
    own = [each for each in tables.webhooks.rows.values() if each.account_id == account_id]
    return sorted(own, key=lambda each: each.id)


class WebhookReads:
    """A `ports.webhooks.WebhookReader`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, webhook_id: int) -> Webhook | None:
        """One target."""
        return self._tables.webhooks.get(webhook_id)

    async def of(self, account_id: int | None) -> Sequence[Webhook]:
        """The targets of an account, or the site's for None, oldest first."""
        return tuple(_of(self._tables, account_id))
