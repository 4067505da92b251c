"""Takes payments of a storage under test, without any gateway."""

from __future__ import annotations

from typing import Any

from microblog_core.domain.accounts import Account
from microblog_core.domain.ledger import (
    Payment,
    first_entry,
    settle,
)
from microblog_core.domain.memberships import Membership, Tier
from microblog_core.domain.money import Money
from microblog_core.domain.payments import (
    Interval,
    PaymentState,
    PaymentStatus,
    Product,
    SubscriptionState,
)
from microblog_core.ports.operations.payments import (
    AddMembership,
    AddPayment,
    PutTier,
    RecordPayment,
)
from microblog_core.ports.payments import PaymentReader, payments_of
from microblog_core.testing.builder import Builder

DAY = 24 * 3600 * 1000


class Till:
    """Takes payments of a storage under test without any gateway."""

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.read: PaymentReader = payments_of(build.storage)

    def draft(self, payer: Account, payee: Account, minor: int = 500, **changes: Any) -> Payment:
        """A payment that is not stored yet."""
        payment_id, now = self.build.next_id(), self.build.clock.now()
        values: dict[str, Any] = {"amount": Money(minor, "EUR"), "product": Product.TIP, "gateway": "bank"}
        return Payment(
            id=payment_id,
            payer_id=payer.id,
            payee_id=payee.id,
            created_at=now,
            updated_at=now,
            sequence=1,
            **values | changes,
        )

    async def begun(self, payer: Account, payee: Account, minor: int = 500, **changes: Any) -> Payment:
        """A payment that was just begun."""
        payment = self.draft(payer, payee, minor, **changes)
        entry = first_entry(payment, entry_id=self.build.next_id(), cause="request")
        await self.build.apply(AddPayment(payment=payment, entries=(entry,)))
        return payment

    async def becomes(self, payment: Payment, state: PaymentState, refunded: int = 0) -> Payment:
        """The gateway says that a payment stands like this; how it is stored then."""
        record = self.step(payment, state, refunded)
        await self.build.apply(record)
        return record.payment

    def step(self, payment: Payment, state: PaymentState, refunded: int = 0) -> RecordPayment:
        """The operation that records what the gateway says."""
        status = PaymentStatus(
            gateway=payment.gateway,
            gateway_id=payment.gateway_id or f"g{payment.id}",
            reference="",
            state=state,
            amount=payment.amount,
            refunded_minor=refunded,
        )
        settled = settle(
            payment, status, cause="request", at=self.build.clock.now(), next_id=self.build.next_id
        )
        return RecordPayment(payment=settled.payment, entries=settled.entries)

    async def captured(self, payer: Account, payee: Account, minor: int = 500, **changes: Any) -> Payment:
        """A payment that was paid."""
        return await self.becomes(await self.begun(payer, payee, minor, **changes), PaymentState.CAPTURED)

    async def tier(self, author: Account, name: str = "Friends", **changes: Any) -> Tier:
        """A tier of an author."""
        values: dict[str, Any] = {"monthly": Money(300, "EUR"), "yearly": Money(3000, "EUR"), **changes}
        tier = Tier(
            id=self.build.next_id(),
            account_id=author.id,
            name=name,
            created_at=self.build.clock.now(),
            **values,
        )
        await self.build.apply(PutTier(tier=tier, limit=10))
        return tier

    def draft_membership(self, member: Account, tier: Tier, **changes: Any) -> Membership:
        """A membership that is not stored yet."""
        membership_id, now = self.build.next_id(), self.build.clock.now()
        values: dict[str, Any] = {"state": SubscriptionState.ACTIVE, "gateway": "bank", **changes}
        return Membership(
            id=membership_id,
            member_id=member.id,
            author_id=tier.account_id,
            tier_id=tier.id,
            interval=Interval.MONTH,
            amount=Money(300, "EUR"),
            created_at=now,
            updated_at=now,
            **values,
        )

    async def membership(self, member: Account, tier: Tier, **changes: Any) -> Membership:
        """A membership of an author."""
        membership = self.draft_membership(member, tier, **changes)
        await self.build.apply(AddMembership(membership=membership))
        return membership
