"""Payments in memory: what operations on them write. The ledger only grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from msgspec.structs import replace

from microblog_core.domain.errors import Conflict
from microblog_core.domain.ledger import Entry, Payment, balanced
from microblog_core.domain.memberships import Membership
from microblog_core.memory.tables import Tables
from microblog_core.ports.clock import SystemClock
from microblog_core.ports.operations import payments as ops
from microblog_core.ports.payments import GatewayWebhook


def member_of(tables: Tables, viewer: int | None) -> frozenset[int]:
    """The authors whose members' posts the viewer may see at this moment."""
    now = SystemClock().now()
    return frozenset(
        each.author_id
        for each in tables.memberships.rows.values()
        if each.member_id == viewer and each.gives_access(now)
    )


def add_payment(tables: Tables, operation: ops.AddPayment) -> None:
    """A new payment; guards `id`, `exists`, `gateway_id`, `balance`."""
    payment = operation.payment
    if payment.id in tables.payments:
        raise Conflict("Something with this id is stored already.", guard="id")
    _check_people(tables, payment.payer_id, payment.payee_id)
    _check_gateway_id(tables.payments.rows, payment)
    _write_entries(tables, operation.entries)
    tables.payments.put(payment.id, payment)


def record_payment(tables: Tables, operation: ops.RecordPayment) -> None:
    """A payment as it is from now on; guards `exists`, `version`, `gateway_id`, `balance`."""
    payment = operation.payment
    before = tables.payments.get(payment.id)
    if before is None:
        raise Conflict("The payment is gone.", guard="exists")
    if before.version != payment.version - 1:
        raise Conflict("The payment was changed in between.", guard="version")
    _check_gateway_id(tables.payments.rows, payment)
    _write_entries(tables, operation.entries)
    kept = replace(
        payment,
        payer_id=before.payer_id,
        payee_id=before.payee_id,
        product=before.product,
        amount=before.amount,
        created_at=before.created_at,
    )
    tables.payments.put(payment.id, kept)


def _check_people(tables: Tables, *account_ids: int) -> None:
    if not all(account_id in tables.accounts for account_id in account_ids):
        raise Conflict("The account is gone.", guard="exists")


def _check_gateway_id(rows: Mapping[int, Any], row: Payment | Membership) -> None:
    for other in rows.values():
        same = (other.gateway, other.gateway_id) == (row.gateway, row.gateway_id)
        if row.gateway_id and same and other.id != row.id:
            raise Conflict("This is known already.", guard="gateway_id")


def _write_entries(tables: Tables, entries: tuple[Entry, ...]) -> None:
    if not balanced(entries):
        raise Conflict("The lines of an entry don't sum to zero.", guard="balance")
    for entry in entries:
        known = (each for each in tables.ledger.rows.values() if each.payment_id == entry.payment_id)
        if entry.id in tables.ledger or any(each.sequence == entry.sequence for each in known):
            raise Conflict("This entry is there already.", guard="version")
        tables.ledger.put(entry.id, entry)


def put_payee(tables: Tables, operation: ops.PutPayee) -> None:
    """What somebody says of being paid; guard `exists`."""
    _check_people(tables, operation.payee.account_id)
    tables.payees.put(operation.payee.account_id, operation.payee)


def put_tier(tables: Tables, operation: ops.PutTier) -> None:
    """A tier; guards `exists`, `limit`."""
    tier = operation.tier
    _check_people(tables, tier.account_id)
    before = tables.tiers.get(tier.id)
    if before is not None and before.account_id != tier.account_id:
        raise Conflict("The tier is somebody else's.", guard="exists")
    others = [
        each
        for each in tables.tiers.rows.values()
        if each.account_id == tier.account_id and each.retired_at is None and each.id != tier.id
    ]
    if tier.retired_at is None and len(others) >= operation.limit:
        raise Conflict("There are too many tiers.", guard="limit")
    tables.tiers.put(tier.id, tier)


def add_membership(tables: Tables, operation: ops.AddMembership) -> None:
    """A new membership; guards `id`, `exists`, `membership`."""
    membership = operation.membership
    if membership.id in tables.memberships:
        raise Conflict("Something with this id is stored already.", guard="id")
    _check_people(tables, membership.member_id, membership.author_id)
    if membership.tier_id not in tables.tiers:
        raise Conflict("The tier is gone.", guard="exists")
    _check_alone(tables, membership)
    _check_gateway_id(tables.memberships.rows, membership)
    tables.memberships.put(membership.id, membership)


def record_membership(tables: Tables, operation: ops.RecordMembership) -> None:
    """A membership as it is from now on; guards `exists`, `version`, `membership`, `gateway_id`."""
    membership = operation.membership
    before = tables.memberships.get(membership.id)
    if before is None:
        raise Conflict("The membership is gone.", guard="exists")
    if before.version != membership.version - 1:
        raise Conflict("The membership was changed in between.", guard="version")
    _check_alone(tables, membership)
    _check_gateway_id(tables.memberships.rows, membership)
    tables.memberships.put(membership.id, membership)


def _check_alone(tables: Tables, membership: Membership) -> None:
    pair = (membership.member_id, membership.author_id)
    for other in tables.memberships.rows.values():
        theirs = other.live and (other.member_id, other.author_id) == pair
        if membership.live and theirs and other.id != membership.id:
            raise Conflict("There is a membership already.", guard="membership")


def add_gateway_webhook(tables: Tables, operation: ops.AddGatewayWebhook) -> None:
    """A webhook that was verified; guard `webhook`."""
    key = (operation.gateway, operation.event_id)
    if key in tables.gateway_webhooks:
        raise Conflict("This webhook came before.", guard="webhook")
    tables.gateway_webhooks.put(
        key,
        GatewayWebhook(
            id=operation.id,
            gateway=operation.gateway,
            event_id=operation.event_id,
            kind=operation.kind,
            gateway_id=operation.gateway_id,
            body=operation.body,
            received_at=operation.received_at,
        ),
    )


def handle_gateway_webhook(tables: Tables, operation: ops.HandleGatewayWebhook) -> None:
    """What a webhook rang for was looked at."""
    key = (operation.gateway, operation.event_id)
    found = tables.gateway_webhooks.get(key)
    if found is not None and not found.handled_at:
        tables.gateway_webhooks.put(key, replace(found, handled_at=operation.handled_at))


def prune_gateway_webhooks(tables: Tables, operation: ops.PruneGatewayWebhooks) -> None:
    """Forget what was handled long ago."""
    old = (
        key for key, each in tables.gateway_webhooks.rows.items() if 0 < each.handled_at < operation.before
    )
    for key in tuple(islice(old, operation.limit)):
        tables.gateway_webhooks.remove(key)


WRITES: Mapping[type[Any], Callable[[Tables, Any], None]] = {
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
