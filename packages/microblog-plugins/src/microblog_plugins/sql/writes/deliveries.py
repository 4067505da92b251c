"""Delivery preferences, what waits to be delivered, and confirmed addresses."""

from __future__ import annotations

from microblog_core.domain.accounts import email_key
from microblog_core.domain.errors import Conflict
from microblog_core.ports.operations import (
    AddDelivery,
    ConfirmEmail,
    PutDeliveryPreferences,
    TakeDeliveries,
)
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.rows import insert
from microblog_plugins.sql.steps import Steps

_PREFERENCE = insert(
    "delivery_preferences",
    ["account_id", "channel", "kind", "frequency"],
    "ON CONFLICT (account_id, channel, kind) DO UPDATE SET frequency = excluded.frequency",
)
_ADD = insert(
    "deliveries", ["account_id", "channel", "frequency", "notification_id"], "ON CONFLICT DO NOTHING"
)
_TAKE = (
    "DELETE FROM deliveries WHERE account_id = :account AND channel = :channel AND frequency = :frequency"
    " AND {among} RETURNING notification_id"
)
_CONFIRM = (
    "UPDATE logins SET email_confirmed_at = CASE WHEN email_key = :email_key THEN :at"
    " ELSE email_confirmed_at END WHERE account_id = :account RETURNING email_key"
)


def put_delivery_preferences(dialect: Dialect, operation: PutDeliveryPreferences) -> Steps[None]:
    """How often an account wants to hear of kinds; guard `exists`."""
    # Always in the same order, so that two that save at once never wait for one another.
    for kind, frequency in sorted(operation.frequencies.items()):
        yield (
            _PREFERENCE,
            {
                "account_id": operation.account_id,
                "channel": operation.channel,
                "kind": str(kind),
                "frequency": str(frequency),
            },
        )


def add_delivery(dialect: Dialect, operation: AddDelivery) -> Steps[None]:
    """A notification waits; guard `exists`."""
    yield (
        _ADD,
        {
            "account_id": operation.account_id,
            "channel": operation.channel,
            "frequency": str(operation.frequency),
            "notification_id": operation.notification_id,
        },
    )


def take_deliveries(dialect: Dialect, operation: TakeDeliveries) -> Steps[None]:
    """These wait no more; guard `delivery`."""
    taken = yield (
        _TAKE.format(among=dialect.among("notification_id", "ids")),
        {
            "account": operation.account_id,
            "channel": operation.channel,
            "frequency": str(operation.frequency),
            "ids": dialect.ids(operation.notification_ids),
        },
    )
    if len(taken) != len(operation.notification_ids):
        raise Conflict("It is taken already.", guard="delivery")


def confirm_email(dialect: Dialect, operation: ConfirmEmail) -> Steps[None]:
    """An address reaches its owner; guards `exists`, `email`."""
    key = email_key(operation.email)
    values = {"account": operation.account_id, "email_key": key, "at": operation.at}
    rows = yield _CONFIRM, values
    if not rows:
        raise Conflict("The log-in is gone.", guard="exists")
    if rows[0][0] != key:
        raise Conflict("The account has another address by now.", guard="email")
