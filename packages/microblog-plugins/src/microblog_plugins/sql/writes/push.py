"""Push subscriptions."""

from __future__ import annotations

from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    DeletePushSubscription,
    PutPushSubscription,
    UpdatePushSubscription,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.push import PUSH
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_PUT = insert(
    "push_subscriptions",
    PUSH,
    "ON CONFLICT (token_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in PUSH if name != "token_id"),
)
# Held, so that who revokes the token at this moment also finds the subscription.
_TOKEN = "SELECT id FROM access_tokens WHERE id = :token AND account_id = :account"
_UPDATE = (
    "UPDATE push_subscriptions SET alerts = COALESCE(:alerts, alerts), policy = COALESCE(:policy, policy)"
    " WHERE token_id = :token_id AND account_id = :account_id RETURNING id"
)


def put_push_subscription(dialect: Dialect, operation: PutPushSubscription) -> Steps[None]:
    """A subscription; guards `id`, `exists`."""
    made = operation.subscription
    owner = {"token": made.token_id, "account": made.account_id}
    if not (yield f"{_TOKEN}{dialect.locked()}", owner):
        raise Conflict("The token is gone.", guard="exists")
    values = {name: getattr(made, name) for name in PUSH}
    yield _PUT, values | {"alerts": " ".join(made.alerts), "policy": str(made.policy)}


def update_push_subscription(dialect: Dialect, operation: UpdatePushSubscription) -> Steps[None]:
    """Other alerts or another policy; guard `exists`."""
    values = {
        "token_id": operation.token_id,
        "account_id": operation.account_id,
        "alerts": None if operation.alerts is None else " ".join(operation.alerts),
        "policy": None if operation.policy is None else str(operation.policy),
    }
    if not (yield _UPDATE, values):
        raise Conflict("There is no such subscription.", guard="exists")


def delete_push_subscription(dialect: Dialect, operation: DeletePushSubscription) -> Steps[None]:
    """A token's subscription goes."""
    statement = "DELETE FROM push_subscriptions WHERE token_id = :token_id AND account_id = :account_id"
    values = {"token_id": operation.token_id, "account_id": operation.account_id}
    if operation.id is not None:
        statement, values = f"{statement} AND id = :id", values | {"id": operation.id}
    yield statement, values
