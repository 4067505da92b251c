"""The durable job that settles what rang, or what somebody was about to change."""

from __future__ import annotations

import msgspec

from microblog_core.domain.ledger import Payment
from microblog_core.domain.memberships import Membership
from microblog_core.domain.payments import Notice
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.unit import UnitOfWork

SETTLE_JOB = "payments.settle"
RECONCILE_JOB = "payments.reconcile"
LATER = 60 * 1000
"""What a gateway was asked to do is looked at after so long, if whoever asked did not live to see it."""


class Settle(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be settled: a payment or a membership; and the webhook that rang for it, if one did. Where
    that named neither our reference nor an id that we know, `notice` is what it said.
    """

    payment_id: int | None = None
    membership_id: int | None = None
    gateway: str = ""
    event_id: str = ""
    notice: Notice | None = None


def settle_later(ports: Ports, unit: UnitOfWork, what: Payment | Membership) -> None:
    """Queue, in the unit that says what is about to be done at a gateway, that somebody looks what came of
    it.
    """
    is_payment = isinstance(what, Payment)
    about = Settle(payment_id=what.id) if is_payment else Settle(membership_id=what.id)
    now = ports.clock.now()
    queue_settling(ports, unit, about, key=f"{'p' if is_payment else 'm'}{what.id}:{now}", due_at=now + LATER)


def queue_settling(ports: Ports, unit: UnitOfWork, about: Settle, *, key: str, due_at: int) -> None:
    """Queue settling something, once for a key."""
    now = ports.clock.now()
    unit.outbox.add(
        Job(
            id=ports.ids.at(now),
            kind=SETTLE_JOB,
            key=key,
            payload=msgspec.json.encode(about),
            due_at=due_at,
            created_at=now,
        )
    )
