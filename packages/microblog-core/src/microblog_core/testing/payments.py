"""A till for tests: a world whose site takes money by the sandbox, and whoever pays and rings.

till = Till(World(make_ports(clock=FrozenClock(...))))
payment = await till.tip(bob, ada, 500)
await till.pay(payment)          # on the sandbox's page; its webhook comes at once
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from microblog_core.contributions import GatewayFactory
from microblog_core.defaults.sandbox import Decision, SandboxGateway, sandbox_path
from microblog_core.defaults.sandbox_shelf import StorageShelf
from microblog_core.domain.accounts import Account
from microblog_core.domain.ids import milliseconds_of
from microblog_core.domain.ledger import Payment, first_entry
from microblog_core.domain.memberships import TIERS_MAX, Membership, Tier
from microblog_core.domain.money import Money
from microblog_core.domain.payments import (
    CAPABILITIES,
    Interval,
    PaymentState,
    Product,
    SubscriptionState,
)
from microblog_core.domain.routes import PaymentRules
from microblog_core.patterns.gateways import GatewayRegistry
from microblog_core.ports.clock import SystemClock
from microblog_core.ports.context import Ports
from microblog_core.ports.operations.payments import AddMembership, AddPayment, PutTier
from microblog_core.ports.payments import PaymentReader, payments_of
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.world import World

SANDBOX = "sandbox"
MANY = 1000


async def seed_tier(storage: Storage, account_id: int, *, tier_id: int = 0) -> Tier:
    """Somebody offers a tier, stored directly: they may write for members."""
    tier = Tier(
        id=tier_id or account_id,
        account_id=account_id,
        name="Friends",
        monthly=Money(300, "EUR"),
        created_at=milliseconds_of(account_id),
    )
    await storage.commit([PutTier(tier=tier, limit=TIERS_MAX if not tier_id else MANY)])
    return tier


async def seed_member(
    storage: Storage, member_id: int, tier: Tier, *, seconds: float = 3600, membership_id: int = 0
) -> Membership:
    """Somebody is a member for so many seconds from now on (the machine's clock), stored directly."""
    now = SystemClock().now()
    membership = Membership(
        id=membership_id or member_id,
        member_id=member_id,
        author_id=tier.account_id,
        tier_id=tier.id,
        interval=Interval.MONTH,
        amount=tier.monthly or Money(300, "EUR"),
        gateway=SANDBOX,
        state=SubscriptionState.ACTIVE,
        paid_until=now + round(seconds * 1000),
        access_until=now + round(seconds * 1000),
        created_at=now,
        updated_at=now,
    )
    await storage.commit([AddMembership(membership=membership)])
    return membership


async def seed_payment(build: Builder, payer: Account, payee: Account) -> Payment:
    """Somebody has tipped somebody 5 EUR, stored directly."""
    payment_id, now = build.next_id(), build.clock.now()
    payment = Payment(
        id=payment_id,
        payer_id=payer.id,
        payee_id=payee.id,
        product=Product.TIP,
        amount=Money(500, "EUR"),
        gateway=SANDBOX,
        gateway_id=f"pay_{payment_id}",
        state=PaymentState.CAPTURED,
        created_at=now,
        updated_at=now,
        captured_at=now,
        sequence=1,
    )
    entry = first_entry(payment, entry_id=build.next_id(), cause="request")
    await build.apply(AddPayment(payment=payment, entries=(entry,)))
    return payment


class Till:
    """A world that takes money. `others` are further gateways, `rules` fields of `PaymentRules`."""

    def __init__(self, world: World, others: Sequence[GatewayFactory] = (), **rules: Any) -> None:
        self.world = world
        self.sandbox = SandboxGateway(b"secret", StorageShelf(world.ports), world.ports.clock, sandbox_path)
        names = (*(factory.name for factory in others), SANDBOX)
        sandbox = GatewayFactory(
            name=SANDBOX, make=lambda: self.sandbox, capabilities=CAPABILITIES, priority=-100
        )
        given = {"gateways": names, "public_url": "https://microblog.example", **rules}
        self.refusals: list[dict[str, str]] = []
        self.gateways = GatewayRegistry(
            (*others, sandbox),
            PaymentRules(**given),
            lambda name, value, labels: self.refusals.append(dict(labels)),
        )
        world.ports = dataclasses.replace(world.ports, gateways=self.gateways)

    @property
    def ports(self) -> Ports:
        """The site's ports."""
        return self.world.ports

    @property
    def read(self) -> PaymentReader:
        """The site's payments."""
        return payments_of(self.world.storage)

    async def payee(self, account: Account, currency: str = "EUR", **changes: Any) -> None:
        """Somebody wants to be paid."""
        from microblog_core.services.payments.offers import SetPayee, set_payee

        actor = await self.world.actor(account)
        await set_payee(self.ports, actor, SetPayee(currency=currency, **changes))

    async def tier(self, account: Account, monthly: int | None = 300, **changes: Any) -> Tier:
        """Somebody offers a tier, and wants to be paid."""
        from microblog_core.services.payments import offers

        if await self.read.payee(account.id) is None:
            await self.payee(account)
        self.world.clock.advance(1)
        command = offers.PutTier(**{"name": "Friends", "monthly": monthly, **changes})
        return await offers.put_tier(self.ports, await self.world.actor(account), command)

    async def tip(self, payer: Account, payee: Account, minor: int = 500, **changes: Any) -> Payment:
        """Somebody begins to tip somebody, who wants to be paid."""
        from microblog_core.services.payments.tips import BeginTip, begin_tip

        if await self.read.payee(payee.id) is None:
            await self.payee(payee)
        self.world.clock.advance(1)
        command = BeginTip(account_id=payee.id, minor=minor, **changes)
        return await begin_tip(self.ports, await self.world.actor(payer), command)

    async def join(
        self, member: Account, tier: Tier, interval: Interval = Interval.MONTH, **changes: Any
    ) -> Membership:
        """Somebody begins a membership."""
        from microblog_core.services.payments.memberships import BeginMembership, begin_membership

        self.world.clock.advance(1)
        command = BeginMembership(tier_id=tier.id, interval=interval, **changes)
        return await begin_membership(self.ports, await self.world.actor(member), command)

    async def pay(self, what: Payment | Membership, *, rings: bool = True) -> None:
        """The payer clicks on the sandbox's page; its webhook comes, if it `rings`, and is acted on."""
        await self.sandbox.decide(what.gateway_id, Decision.PAY)
        if rings:
            await self.ring(what.gateway_id)

    async def ring(self, gateway_id: str) -> None:
        """The sandbox's webhook comes and is acted on, where the script sends one."""
        from microblog_core.services.payments.webhooks import receive_webhook

        made = await self.sandbox.webhook(gateway_id)
        if made is not None:
            await receive_webhook(self.ports, SANDBOX, *made)
            await self.run_jobs()

    async def run_jobs(self) -> None:
        """Everything that is due about payments is done."""
        from microblog_core.runtime.payments import payment_jobs

        kinds = {kind.name: kind for kind in payment_jobs(lambda: self.ports)}
        queue = self.world.storage.queue
        while jobs := await queue.claim(self.world.clock.now(), limit=50, lease=60_000, kinds=tuple(kinds)):
            for job in jobs:
                await kinds[job.kind].handler(job)
            await queue.finish(jobs)

    async def paid(self, payer: Account, payee: Account, minor: int = 500) -> Payment:
        """A tip that was paid."""
        payment = await self.tip(payer, payee, minor)
        await self.pay(payment)
        return await self.now(payment)

    async def joined(self, member: Account, tier: Tier, interval: Interval = Interval.MONTH) -> Membership:
        """A membership whose first period was paid."""
        membership = await self.join(member, tier, interval)
        await self.pay(membership)
        return await self.membership(membership)

    async def now(self, payment: Payment) -> Payment:
        """A payment as it is stored now."""
        found = await self.read.get(payment.id)
        assert found is not None
        return found

    async def membership(self, membership: Membership) -> Membership:
        """A membership as it is stored now."""
        found = await self.read.membership(membership.id)
        assert found is not None
        return found
