"""Core, the gateways and their providers together, over real HTTP with faults: what providers say was taken
is credited once, and nothing else; which gateway takes what follows from the configuration.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import Forbidden, MicroblogError
from microblog_core.domain.ledger import Payment
from microblog_core.domain.memberships import Membership
from microblog_core.domain.payments import Interval, PaymentState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.ports.context import Ports
from microblog_core.ports.payments import payments_of
from microblog_core.runtime.payments import payment_jobs
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.payments.memberships import BeginMembership, begin_membership
from microblog_core.services.payments.offers import PutTier, SetPayee, put_tier, set_payee
from microblog_core.services.payments.reconciling import reconcile
from microblog_core.services.payments.refunds import RefundPayment, refund_payment
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.services.payments.webhooks import Received, receive_webhook
from microblog_core.site import Site
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with
from microblog_plugins.testing.providers import (
    CallFault,
    Mischief,
    Outcome,
    RazorpayProvider,
    StripeProvider,
)

TIPS = 40
FAULTS = {CallFault.ERROR_BEFORE: 0.1, CallFault.ERROR_AFTER: 0.15, CallFault.BROKEN_AFTER: 0.15}
Provider = StripeProvider | RazorpayProvider


class Market:
    """A site with two providers, a payer, and an author for each currency."""

    def __init__(self, site: Site, clock: FrozenClock, providers: dict[str, Provider]) -> None:
        self.site, self.clock, self.providers = site, clock, providers
        self.authors: dict[str, Account] = {}

    @property
    def ports(self) -> Ports:
        return self.site.ports

    async def settle_in(self) -> None:
        self.payer = await self.person("bob")
        for currency, name in (("EUR", "ada"), ("INR", "eva")):
            self.authors[currency] = await self.person(name)
            await set_payee(self.ports, Actor(account=self.authors[currency]), SetPayee(currency=currency))

    async def person(self, name: str) -> Account:
        command = CreateAccount(username=name, email=f"{name}@example.org", password="a long pass phrase")
        return await create_account(self.ports, SYSTEM, command)

    async def tip(self, currency: str, minor: int) -> Payment:
        self.clock.advance(60)
        command = BeginTip(account_id=self.authors[currency].id, minor=minor)
        return await begin_tip(self.ports, Actor(account=self.payer), command)

    async def ring(self, payment: Payment | Membership, **how: bool) -> Received:
        headers, body = self.providers[payment.gateway].webhook(
            payment.gateway_id, at=self.clock.now(), **how
        )
        return await receive_webhook(self.ports, payment.gateway, headers, body)

    async def run_jobs(self) -> None:
        kinds = {kind.name: kind for kind in payment_jobs(lambda: self.ports)}
        queue = self.ports.storage.queue
        while jobs := await queue.claim(self.clock.now(), limit=50, lease=60_000, kinds=tuple(kinds)):
            for job in jobs:
                try:
                    await kinds[job.kind].handler(job)
                except Exception:
                    # As a worker does, only that it is not told when to try again: the reconciler is.
                    continue
            await queue.finish(jobs)

    async def now(self, payment: Payment) -> Payment:
        found = await payments_of(self.ports.storage).get(payment.id)
        assert found is not None
        return found


@pytest.fixture
async def market() -> AsyncIterator[Market]:
    clock = FrozenClock()
    stripe = StripeProvider(mischief=Mischief(3), clock=clock.now)
    razorpay = RazorpayProvider(mischief=Mischief(4), clock=clock.now)
    with stripe, razorpay:
        settings = {
            "stripe": {
                "secret_key": stripe.secret_key,
                "webhook_secret": stripe.webhook_secret,
                "api_base": stripe.url,
            },
            "razorpay": {
                "key_id": razorpay.key_id,
                "key_secret": razorpay.key_secret,
                "webhook_secret": razorpay.webhook_secret,
                "api_base": razorpay.url,
                "priority": 10,
            },
        }
        payments = PaymentsConfig(gateways=("stripe", "razorpay", "sandbox"))
        site = site_with(installed=("stripe", "razorpay"), settings=settings, payments=payments, clock=clock)
        async with site:
            market = Market(site, clock, {"stripe": stripe, "razorpay": razorpay})
            await market.settle_in()
            yield market


async def test_each_currency_goes_its_way_and_comes_back_paid(market: Market) -> None:
    for currency, gateway in (("EUR", "stripe"), ("INR", "razorpay")):
        payment = await market.tip(currency, 1000)
        assert (payment.gateway, payment.state) == (gateway, PaymentState.PENDING)
        assert payment.redirect_url.startswith(market.providers[gateway].url)
        market.providers[gateway].pay(payment.gateway_id)
        assert await market.ring(payment) is Received.STORED
        assert await market.ring(payment) is Received.KNOWN
        with pytest.raises(Forbidden):
            await market.ring(payment, forged=True)
        await market.run_jobs()
        assert (await market.now(payment)).state is PaymentState.CAPTURED


async def test_an_authorised_payment_is_taken(market: Market) -> None:
    payment = await market.tip("INR", 1000)
    market.providers["razorpay"].pay(payment.gateway_id, Outcome.AUTHORISED)
    await market.ring(payment)
    await market.run_jobs()
    assert (await market.now(payment)).state is PaymentState.CAPTURED


async def test_a_dispute_that_names_nothing_of_ours_is_found(market: Market) -> None:
    stripe = market.providers["stripe"]
    assert isinstance(stripe, StripeProvider)
    payment = await market.tip("EUR", 1000)
    stripe.pay(payment.gateway_id)
    await market.ring(payment)
    await market.run_jobs()
    for happens, state in (
        (lambda: stripe.dispute(payment.gateway_id), PaymentState.DISPUTED),
        (lambda: stripe.decide(payment.gateway_id, won=False), PaymentState.CHARGED_BACK),
    ):
        happens()
        assert await market.ring(payment) is Received.STORED
        await market.run_jobs()
        assert (await market.now(payment)).state is state


async def test_members_have_access_for_what_their_invoices_say(market: Market) -> None:
    stripe, ada = market.providers["stripe"], Actor(account=market.authors["EUR"])
    tier = await put_tier(market.ports, ada, PutTier(name="Friends", monthly=300))
    join = BeginMembership(tier_id=tier.id, interval=Interval.MONTH)
    begun = await begin_membership(market.ports, Actor(account=market.payer), join)
    assert begun.gateway == "stripe"
    stripe.pay(begun.gateway_id)
    assert await market.ring(begun) is Received.STORED
    await market.run_jobs()
    market.clock.advance(31 * 24 * 3600)
    # This one names the subscription by Stripe's own id, and our reference.
    assert await market.ring(begun) is Received.STORED
    await market.run_jobs()
    read = payments_of(market.ports.storage)
    membership = await read.membership(begun.id)
    periods = [entry for entry in stripe.log if entry.part_of == begun.gateway_id]
    assert len(periods) == 2 and membership is not None
    assert membership.paid_until == periods[-1].period_end > market.clock.now()
    assert [each.gateway_id for each in await read.of_membership(begun.id)] == [
        entry.object_id for entry in periods
    ]
    (balance,) = await read.balances(f"author:{market.authors['EUR'].id}")
    assert -balance.minor == sum(entry.minor for entry in periods)


async def test_where_a_provider_is_not_there_the_next_one_is_asked(market: Market) -> None:
    market.providers["razorpay"].stop()
    payment = await market.tip("INR", 1000)
    assert (payment.gateway, payment.state) == ("stripe", PaymentState.PENDING)
    market.providers["stripe"].stop()
    payment = await market.tip("INR", 1000)
    assert (payment.gateway, payment.state) == ("sandbox", PaymentState.PENDING)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_goes_wrong_what_was_taken_is_credited_once(market: Market, seed: int) -> None:
    chance, begun = random.Random(seed), []
    market.ports.limits.rates["pay"] = (10_000, 60.0)
    for provider in market.providers.values():
        provider.mischief.calls = dict(FAULTS)
    for number in range(TIPS):
        payment = await market.tip(chance.choice(("EUR", "INR")), 100 * chance.randint(10, 90) + number)
        # After what may have begun something nothing else is tried.
        assert payment.gateway in market.providers
        begun.append(payment.id)
        await somebody_acts(market, chance, begun)
        if number % 10 == 9:
            await reconcile(market.ports, everything=True)
            await market.run_jobs()
    for provider in market.providers.values():
        provider.mischief.end()
    market.clock.advance(3600)
    await market.run_jobs()
    for _ in range(2):
        await reconcile(market.ports, everything=True)
    await check_against_what_providers_remember(market, begun)


async def somebody_acts(market: Market, chance: random.Random, begun: list[int]) -> None:
    """Somebody pays, or is given money back; webhooks come twice, once or never."""
    payment = await payments_of(market.ports.storage).get(chance.choice(begun))
    assert payment is not None
    if not payment.gateway_id:
        return
    provider = market.providers[payment.gateway]
    bill = provider.bill(payment.gateway_id)
    if bill is not None and bill.open:
        provider.pay(payment.gateway_id)
    for _ in range(chance.choice((0, 1, 2))):
        await market.ring(payment)
    await market.run_jobs()
    if chance.random() < 0.4:
        author = next(each for each in market.authors.values() if each.id == payment.payee_id)
        command = RefundPayment(payment_id=payment.id, minor=chance.randint(1, 300))
        try:
            await refund_payment(market.ports, Actor(account=author), command)
        except MicroblogError:
            return
        except Exception as error:
            assert "Unclear" in type(error).__name__  # noqa: PT017 - whatever else it was is a mistake


async def check_against_what_providers_remember(market: Market, begun: list[int]) -> None:
    """Replay the logs of the providers, and compare."""
    read, owed, credited = payments_of(market.ports.storage), Counter[str](), 0
    assert all(each.minor == 0 for each in await read.ledger_balance())
    for name, provider in market.providers.items():
        taken, given = Counter[str](), Counter[str]()
        for entry in provider.log:
            if entry.what == "captured":
                taken[entry.object_id] += entry.minor
                owed[entry.currency] += entry.minor
            elif entry.what == "refunded":
                given[entry.object_id] += entry.minor
                owed[entry.currency] -= entry.minor
        references = Counter(entry.reference for entry in provider.log if entry.what == "begun")
        assert set(references.values()) == {1}
        for object_id, minor in taken.items():
            payment = await read.by_gateway(name, object_id)
            assert payment is not None
            assert (payment.amount.minor, payment.refunded_minor) == (minor, given[object_id])
            credited += 1
    stored = [await read.get(each) for each in begun]
    assert sum(each is not None and bool(each.captured_at) for each in stored) == credited > 0
    for currency, author in market.authors.items():
        balances = await read.balances(f"author:{author.id}")
        assert sum(-each.minor for each in balances) == owed[currency] > 0
