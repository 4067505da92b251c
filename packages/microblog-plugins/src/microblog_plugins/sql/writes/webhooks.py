"""Web hooks."""

from __future__ import annotations

from typing import Any

from microblog_core.domain.errors import Conflict
from microblog_core.domain.webhooks import WebhookState
from microblog_core.ports.operations import (
    AddWebhook,
    DeleteWebhook,
    RecordWebhook,
    RotateWebhook,
    SetWebhookState,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.webhooks import WEBHOOK
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.locks import lock_account

_ADD = insert("webhooks", WEBHOOK)
_COUNT = "SELECT COUNT(*) FROM webhooks WHERE account_id = :account_id"
_STATE = "UPDATE webhooks SET state = :state WHERE id = :id AND {own} RETURNING id"
_AGAIN = (
    "UPDATE webhooks SET state = :state, failures = 0, failing_since = 0"
    " WHERE id = :id AND {own} RETURNING id"
)
_ROTATE = (
    "UPDATE webhooks SET previous_secret = secret, secret = :secret, rotated_at = :at"
    " WHERE id = :id AND {own} RETURNING id"
)
_DELETE = "DELETE FROM webhooks WHERE id = :id AND {own}"
_WENT_WELL = (
    "UPDATE webhooks SET last_at = :at, last_status = :status, last_error = '', failures = 0,"
    " failing_since = 0 WHERE id = :id"
)
# What is on the right is the row as it was: the first failure begins at this moment.
_FAILED = (
    "UPDATE webhooks SET last_at = :at, last_status = :status, last_error = :error, failures = failures + 1,"
    " failing_since = CASE WHEN failing_since = 0 THEN :began ELSE failing_since END,"
    " state = CASE WHEN state = 'active' AND failures + 1 >= :failures"
    " AND CASE WHEN failing_since = 0 THEN :first ELSE failing_since END <= :since"
    " THEN 'failing' ELSE state END WHERE id = :id"
)
_BECOMES = "UPDATE webhooks SET state = :state WHERE id = :id"


def add_webhook(dialect: Dialect, operation: AddWebhook) -> Steps[None]:
    """A new target; guards `id`, `exists`, `limit`."""
    made = operation.webhook
    if made.account_id is not None:
        yield from lock_account(dialect, made.account_id)
        counted = yield _COUNT, {"account_id": made.account_id}
        if counted[0][0] >= operation.limit:
            raise Conflict("There are too many web hooks.", guard="limit")
    values = {name: getattr(made, name) for name in WEBHOOK}
    yield _ADD, values | {"events": " ".join(made.events), "state": str(made.state)}


def set_webhook_state(dialect: Dialect, operation: SetWebhookState) -> Steps[None]:
    """A target is told, or no more; guard `exists`."""
    statement = _AGAIN if operation.state is WebhookState.ACTIVE else _STATE
    yield from _change(statement, operation.webhook_id, operation.account_id, state=str(operation.state))


def rotate_webhook(dialect: Dialect, operation: RotateWebhook) -> Steps[None]:
    """A new secret; guard `exists`."""
    values = {"secret": operation.secret, "at": operation.at}
    yield from _change(_ROTATE, operation.webhook_id, operation.account_id, **values)


def delete_webhook(dialect: Dialect, operation: DeleteWebhook) -> Steps[None]:
    """A target goes."""
    yield _owned(_DELETE, operation.webhook_id, operation.account_id)


def record_webhook(dialect: Dialect, operation: RecordWebhook) -> Steps[None]:
    """What came of a try."""
    values: dict[str, Any] = {
        "id": operation.webhook_id,
        "at": operation.at,
        "status": operation.status,
    }
    if operation.becomes is not None:
        yield _BECOMES, {"id": operation.webhook_id, "state": str(operation.becomes)}
    if not operation.error:
        yield _WENT_WELL, values
        return
    values |= {"error": operation.error, "failures": operation.failures}
    values |= {"began": operation.at, "first": operation.at}
    yield _FAILED, values | {"since": operation.at - operation.milliseconds}


def _change(statement: str, webhook_id: int, account_id: int | None, **values: Any) -> Steps[None]:
    if not (yield _owned(statement, webhook_id, account_id, **values)):
        raise Conflict("There is no such web hook.", guard="exists")


def _owned(
    statement: str, webhook_id: int, account_id: int | None, **values: Any
) -> tuple[str, dict[str, Any]]:
    if account_id is None:
        return statement.format(own="account_id IS NULL"), {"id": webhook_id, **values}
    owner = {"id": webhook_id, "account_id": account_id}
    return statement.format(own="account_id = :account_id"), owner | values
