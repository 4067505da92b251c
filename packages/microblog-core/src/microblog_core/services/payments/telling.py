"""Who is told when a payment takes a step, and what copies of pages must be made anew when access ends."""

from __future__ import annotations

import msgspec

from microblog_core.domain.events import (
    MembershipRenewed,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
)
from microblog_core.domain.ledger import MONEY, Payment, Settled
from microblog_core.domain.memberships import Membership
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.payments import PaymentState, Product
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.notifications import notify

END_ACCESS_JOB = "memberships.end_access"
"""Access to what is for members ends by itself; this job has what is kept of it forgotten."""


class EndAccess(msgspec.Struct, frozen=True):
    """What the job `END_ACCESS_JOB` is about."""

    membership_id: int


def tell(ports: Ports, unit: UnitOfWork, before: Payment, settled: Settled, now: int, *, first: bool) -> None:
    """Put into the unit what payer and payee are told of the steps of a payment. `first` says that it isn't
    the renewal of a membership.
    """
    after = settled.payment
    about = {"payment_id": after.id, "payer_id": after.payer_id, "payee_id": after.payee_id}
    states = [entry.after for entry in settled.entries]

    def to_payer(kind: NotificationKind) -> None:
        notify(ports, unit, after.payer_id, kind, after.payee_id, None, now)

    def to_payee(kind: NotificationKind) -> None:
        notify(ports, unit, after.payee_id, kind, after.payer_id, None, now)

    def event() -> dict[str, int]:
        return {"id": ports.ids.at(now), "at": now, **about}

    if before.state not in MONEY and after.state in MONEY:
        unit.emit(PaymentCaptured(**event(), product=str(after.product), membership_id=after.membership_id))
        if after.product is Product.TIP or first:
            to_payer(NotificationKind.PAID)
            to_payee(NotificationKind.TIP if after.product is Product.TIP else NotificationKind.MEMBER)
        elif after.membership_id is not None:
            renewed = MembershipRenewed(
                id=ports.ids.at(now),
                at=now,
                membership_id=after.membership_id,
                payment_id=after.id,
                member_id=after.payer_id,
                author_id=after.payee_id,
            )
            unit.emit(renewed)
            to_payer(NotificationKind.RENEWED)
    if PaymentState.FAILED in states:
        unit.emit(PaymentFailed(**event(), membership_id=after.membership_id))
        to_payer(NotificationKind.PAYMENT_FAILED)
    if after.refunded_minor > before.refunded_minor:
        unit.emit(PaymentRefunded(**event(), refunded_minor=after.refunded_minor))
        to_payer(NotificationKind.REFUNDED)
    if PaymentState.DISPUTED in states:
        unit.emit(PaymentDisputed(**event()))
        to_payee(NotificationKind.DISPUTED)


def end_of_access(ports: Ports, unit: UnitOfWork, membership: Membership, now: int) -> None:
    """Queue what is to be forgotten when access ends by itself."""
    if membership.access_until > now:
        unit.outbox.add(
            Job(
                id=ports.ids.at(now),
                kind=END_ACCESS_JOB,
                key=f"{membership.id}:{membership.access_until}",
                payload=msgspec.json.encode(EndAccess(membership.id)),
                due_at=membership.access_until,
                created_at=now,
            )
        )
