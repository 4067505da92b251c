"""Payments, the ledger, payees, tiers and memberships."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microblog_core.domain.errors import Conflict
from microblog_core.domain.ledger import Entry, Payment, balanced
from microblog_core.domain.memberships import Membership
from microblog_core.ports.operations import payments as ops
from microblog_plugins.sql.dialect import Dialect
from microblog_plugins.sql.reads.payment_rows import (
    ENTRY,
    MEMBERSHIP,
    PAYEE,
    PAYMENT,
    TIER,
    membership_values,
    payment_values,
)
from microblog_plugins.sql.rows import as_json, insert
from microblog_plugins.sql.steps import Steps
from microblog_plugins.sql.writes.locks import lock_account

_PAYMENT = insert("payments", PAYMENT)
_CHANGES = (
    "gateway gateway_id redirect_url state refunded_minor country description note membership_id period_start"
    " period_end reason attention updated_at captured_at sequence version"
).split()
_RECORD = (
    f"UPDATE payments SET {', '.join(f'{name} = :{name}' for name in _CHANGES)}"
    " WHERE id = :id AND version = :before RETURNING id"
)
_ENTRY = insert("ledger_entries", ENTRY)
_LINE = insert("ledger_lines", "entry_id account currency minor at product".split())
_PRODUCT = "SELECT product, currency FROM payments WHERE id = :id"
_PAYEE = insert(
    "payees",
    PAYEE,
    "ON CONFLICT (account_id) DO UPDATE SET currency = excluded.currency, tips = excluded.tips,"
    " amounts = excluded.amounts, updated_at = excluded.updated_at",
)
_TIER = insert(
    "tiers",
    TIER,
    "ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,"
    " currency = excluded.currency, monthly = excluded.monthly, yearly = excluded.yearly,"
    " retired_at = excluded.retired_at WHERE tiers.account_id = excluded.account_id RETURNING id",
)
_OTHER_TIERS = "SELECT COUNT(*) FROM tiers WHERE account_id = :account AND retired_at IS NULL AND id <> :id"
_MEMBERSHIP = insert("memberships", MEMBERSHIP)
_MEMBERSHIP_CHANGES = [
    name for name in MEMBERSHIP if name not in ("id", "member_id", "author_id", "tier_id", "created_at")
]
_RECORD_MEMBERSHIP = (
    f"UPDATE memberships SET {', '.join(f'{name} = :{name}' for name in _MEMBERSHIP_CHANGES)}"
    " WHERE id = :id AND version = :before RETURNING id"
)
_WEBHOOK = insert(
    "gateway_webhooks", "id gateway event_id kind gateway_id body received_at handled_at".split()
)
_HANDLED = (
    "UPDATE gateway_webhooks SET handled_at = :at"
    " WHERE gateway = :gateway AND event_id = :event AND handled_at = 0"
)
_PRUNE = (
    "DELETE FROM gateway_webhooks WHERE id IN (SELECT id FROM gateway_webhooks"
    " WHERE handled_at > 0 AND handled_at < :before ORDER BY handled_at LIMIT :limit)"
)


def add_payment(dialect: Dialect, operation: ops.AddPayment) -> Steps[None]:
    """A new payment; guards `id`, `exists`, `gateway_id`, `balance`."""
    yield _PAYMENT, payment_values(operation.payment)
    yield from _write(operation.payment, operation.entries)


def record_payment(dialect: Dialect, operation: ops.RecordPayment) -> Steps[None]:
    """A payment as it is from now on; guards `exists`, `version`, `gateway_id`, `balance`."""
    payment = operation.payment
    values = payment_values(payment) | {"before": payment.version - 1}
    if not (yield _RECORD, {name: values[name] for name in (*_CHANGES, "id", "before")}):
        yield from _refuse("payments", payment.id)
    yield from _write(payment, operation.entries)


def _write(payment: Payment, entries: tuple[Entry, ...]) -> Steps[None]:
    if not balanced(entries):
        raise Conflict("The lines of an entry don't sum to zero.", guard="balance")
    if not entries:
        return
    found = yield _PRODUCT, {"id": payment.id}
    product, currency = found[0]
    for entry in entries:
        yield (
            _ENTRY,
            {
                "id": entry.id,
                "payment_id": entry.payment_id,
                "sequence": entry.sequence,
                "from_state": entry.before,
                "to_state": str(entry.after),
                "refunded_minor": entry.refunded_minor,
                "cause": entry.cause,
                "at": entry.at,
            },
        )
        for line in entry.lines:
            about = {"entry_id": entry.id, "account": line.account, "minor": line.minor, "at": entry.at}
            yield _LINE, about | {"product": product, "currency": currency}


def _refuse(table: str, row_id: int) -> Steps[None]:
    """Why a row of this version can't be changed."""
    if (yield f"SELECT id FROM {table} WHERE id = :id", {"id": row_id}):
        raise Conflict("It was changed in between.", guard="version")
    raise Conflict("It is gone.", guard="exists")


def put_payee(dialect: Dialect, operation: ops.PutPayee) -> Steps[None]:
    """What somebody says of being paid; guard `exists`."""
    payee = operation.payee
    yield (
        _PAYEE,
        {
            "account_id": payee.account_id,
            "currency": payee.currency,
            "tips": payee.tips,
            "amounts": as_json(payee.amounts),
            "updated_at": payee.updated_at,
        },
    )


def put_tier(dialect: Dialect, operation: ops.PutTier) -> Steps[None]:
    """A tier; guards `exists`, `limit`."""
    tier = operation.tier
    yield from lock_account(dialect, tier.account_id)
    counted = yield _OTHER_TIERS, {"account": tier.account_id, "id": tier.id}
    if tier.retired_at is None and counted[0][0] >= operation.limit:
        raise Conflict("There are too many tiers.", guard="limit")
    price = tier.monthly or tier.yearly
    values = {
        "id": tier.id,
        "account_id": tier.account_id,
        "name": tier.name,
        "description": tier.description,
        "currency": "" if price is None else price.currency,
        "monthly": None if tier.monthly is None else tier.monthly.minor,
        "yearly": None if tier.yearly is None else tier.yearly.minor,
        "created_at": tier.created_at,
        "retired_at": tier.retired_at,
    }
    if not (yield _TIER, values):
        raise Conflict("The tier is somebody else's.", guard="exists")


def add_membership(dialect: Dialect, operation: ops.AddMembership) -> Steps[None]:
    """A new membership; guards `id`, `exists`, `membership`, `gateway_id`."""
    yield _MEMBERSHIP, membership_values(operation.membership)


def record_membership(dialect: Dialect, operation: ops.RecordMembership) -> Steps[None]:
    """A membership as it is from now on; guards `exists`, `version`, `membership`, `gateway_id`."""
    membership: Membership = operation.membership
    values = membership_values(membership) | {"before": membership.version - 1}
    if not (
        yield _RECORD_MEMBERSHIP, {name: values[name] for name in (*_MEMBERSHIP_CHANGES, "id", "before")}
    ):
        yield from _refuse("memberships", membership.id)


def add_gateway_webhook(dialect: Dialect, operation: ops.AddGatewayWebhook) -> Steps[None]:
    """A webhook that was verified; guard `webhook`."""
    yield (
        _WEBHOOK,
        {
            "id": operation.id,
            "gateway": operation.gateway,
            "event_id": operation.event_id,
            "kind": str(operation.kind),
            "gateway_id": operation.gateway_id,
            "body": operation.body,
            "received_at": operation.received_at,
            "handled_at": 0,
        },
    )


def handle_gateway_webhook(dialect: Dialect, operation: ops.HandleGatewayWebhook) -> Steps[None]:
    """What a webhook rang for was looked at."""
    about = {"gateway": operation.gateway, "event": operation.event_id, "at": operation.handled_at}
    yield _HANDLED, about


def prune_gateway_webhooks(dialect: Dialect, operation: ops.PruneGatewayWebhooks) -> Steps[None]:
    """Forget what was handled long ago."""
    yield _PRUNE, {"before": operation.before, "limit": operation.limit}


WRITES: Mapping[type[Any], Callable[[Dialect, Any], Steps[None]]] = {
    ops.AddPayment: add_payment,
    ops.RecordPayment: record_payment,
    ops.PutPayee: put_payee,
    ops.PutTier: put_tier,
    ops.AddMembership: add_membership,
    ops.RecordMembership: record_membership,
    ops.AddGatewayWebhook: add_gateway_webhook,
    ops.HandleGatewayWebhook: handle_gateway_webhook,
    ops.PruneGatewayWebhooks: prune_gateway_webhooks,
}
