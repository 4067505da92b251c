"""The reconciler: asks gateways about everything that is open, so that nothing depends on a webhook.

What is young is asked about at every turn, what is older more rarely. A payment that nobody paid stays open
until its gateway says that it is over, or, after two weeks, that it knows nothing of it (or has never been
reached about it).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import NotFound, Unavailable
from microblog_core.domain.ledger import Payment
from microblog_core.domain.memberships import Membership
from microblog_core.domain.payments import SubscriptionState
from microblog_core.ports.context import Ports
from microblog_core.ports.operations.payments import PruneGatewayWebhooks
from microblog_core.ports.payments import payments_of
from microblog_core.services.payments.asking import logger
from microblog_core.services.payments.memberships import end_memberships_of_gone
from microblog_core.services.payments.settling import (
    apply_status,
    apply_subscription,
    ended,
    lost,
    settle_membership,
    settle_payment,
)

MINUTE = 60 * 1000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EVERY = 5 * MINUTE
"""How often the schedule calls."""
YOUNG = MINUTE
"""What is younger is left to whoever began it."""
GIVE_UP = 14 * DAY
CHUNK = 100
WEBHOOKS_KEPT = 90 * DAY
NEVER_HEARD = "never heard of again"
"""The reason of a payment that its gateway doesn't know after `GIVE_UP`."""


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: how many were asked about, how many of them changed, how many could not be asked."""

    asked: int = 0
    changed: int = 0
    failed: int = 0

    def __add__(self, other: Reconciled) -> Reconciled:
        return Reconciled(
            asked=self.asked + other.asked,
            changed=self.changed + other.changed,
            failed=self.failed + other.failed,
        )


Told = Callable[[Reconciled], None]


def is_due(age: int) -> bool:
    """Whether something of this age (milliseconds) is asked about at a turn; turns come every `EVERY`."""
    every = EVERY if age < HOUR else 30 * MINUTE if age < DAY else 6 * HOUR if age < GIVE_UP else DAY
    return age // every != (age - EVERY) // every


async def reconcile(ports: Ports, *, everything: bool = False, told: Told = lambda done: None) -> Reconciled:
    """Ask about what is due, or with `everything` about all that is open; `told` hears what has been done
    after each. What can't be asked is logged, and asked about another time.
    """
    done = Reconciled()
    if not ports.gateways.rules.on:
        return done
    read, now, after_id = payments_of(ports.storage), ports.clock.now(), 0
    while payments := await read.open(before=now - YOUNG, after_id=after_id, limit=CHUNK):
        after_id = payments[-1].id
        for payment in payments:
            if everything or is_due(now - payment.created_at):
                done += await _contained(payment, _payment(ports, payment, now))
                told(done)
    after_id = 0
    while memberships := await read.due_memberships(
        now=now, before=now - YOUNG, after_id=after_id, limit=CHUNK
    ):
        after_id = memberships[-1].id
        for membership in memberships:
            age = now - max(membership.created_at, membership.paid_until)
            if everything or is_due(age) or membership.state is not SubscriptionState.PENDING:
                done += await _contained(membership, _membership(ports, membership, now))
                told(done)
    unit = ports.unit()
    unit.apply(PruneGatewayWebhooks(before=now - WEBHOOKS_KEPT, limit=1000))
    await unit.commit()
    return done


async def _contained(before: Payment | Membership, settling: Awaitable[Payment | Membership]) -> Reconciled:
    try:
        after = await settling
    except Exception as error:
        logger.warning("Nobody can say where %s stands: %s", before.id, error)
        return Reconciled(asked=1, failed=1)
    return Reconciled(asked=1, changed=after.version != before.version)


async def _payment(ports: Ports, payment: Payment, now: int) -> Payment:
    try:
        return await settle_payment(ports, payment.id, cause="reconciler")
    except (NotFound, Unavailable) as error:
        if _may_come(payment, error) or now - payment.created_at < GIVE_UP:
            raise
        return await apply_status(ports, payment, lost(payment, NEVER_HEARD), cause="reconciler")


def _may_come(what: Payment | Membership, error: Exception) -> bool:
    """Whether a gateway may still know of it: it answered once, and doesn't answer now."""
    return bool(what.gateway_id) and not isinstance(error, NotFound)


async def _membership(ports: Ports, membership: Membership, now: int) -> Membership:
    people = [await ports.storage.accounts.get(each) for each in (membership.member_id, membership.author_id)]
    if any(each is None or each.state is AccountState.DELETED for each in people):
        return await end_memberships_of_gone(ports, membership)
    try:
        return await settle_membership(ports, membership.id, cause="reconciler")
    except (NotFound, Unavailable) as error:
        age = now - max(membership.created_at, membership.paid_until)
        if _may_come(membership, error) or age < GIVE_UP:
            raise
        over = ended(ports, membership, NEVER_HEARD)
        return await apply_subscription(ports, membership, over, cause="reconciler")
