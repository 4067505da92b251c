"""Payments with random faults and processes that die anywhere: the ledger balances to zero, what was captured
is credited once, and entitlements are what a replay of the provider's log says.
"""

from __future__ import annotations

import random

import pytest

from microblog_core.defaults.sandbox import Decision
from microblog_core.defaults.sandbox_log import DAY, payment_of, subscription_of
from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.ledger import MONEY, PAID
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.services.payments.reconciling import reconcile
from microblog_core.services.payments.refunds import RefundPayment, refund_payment
from microblog_core.services.payments.webhooks import receive_webhook

PAYMENTS = 200
SEEDS = (1, 2)


class Killed(BaseException):
    """The process died here."""


class Chaos:
    """Kills and faults at random, before and after everything that leaves the process."""

    def __init__(self, till, chance):
        self.random, self.till, self.calm = chance, till, False
        sandbox, storage = till.sandbox, till.world.storage
        for name in ("begin", "capture", "refund", "fetch", "fetch_subscription", "subscribe"):
            setattr(sandbox, name, self.wrapped(getattr(sandbox, name)))
        storage.commit = self.wrapped(storage.commit, faults=False)

    def wrapped(self, real, *, faults=True):
        async def call(*arguments, **named):
            self.maybe(faults)
            result = await real(*arguments, **named)
            self.maybe(faults)
            return result

        return call

    def maybe(self, faults):
        if self.calm:
            return
        roll = self.random.random()
        if roll < 0.03:
            raise Killed
        if faults and roll < 0.10:
            raise ConnectionResetError("cable")

    async def attempt(self, work):
        """Do something; whatever happens to it, the world goes on."""
        try:
            return await work
        except (Killed, ConnectionResetError, MicroblogError):
            return None


async def ring(till, chance, gateway_id):
    """Webhooks come twice, late or never."""
    made = await till.sandbox.webhook(gateway_id)
    for _ in range(chance.choice((0, 1, 1, 2)) if made else 0):
        await receive_webhook(till.ports, "sandbox", *made)


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_dies_when_everything_is_credited_once(world, till, ada, bob, seed):
    chance = random.Random(seed)
    till.ports.limits.rates["pay"] = (10_000, 60.0)
    await till.payee(ada)
    tier = await till.tier(ada)
    members = [await world.sign_up(f"member{number}") for number in range(6)]
    chaos = Chaos(till, chance)
    for number in range(PAYMENTS):
        await chaos.attempt(till.tip(bob, ada, 100 * chance.randint(2, 90) + chance.randint(0, 12)))
        for payment in chance.sample(list(world.storage._tables.payments.rows.values()), 1) or ():
            if payment.gateway_id:
                decision = chance.choice((Decision.PAY, Decision.PAY, Decision.DECLINE))
                await chaos.attempt(till.sandbox.decide(payment.gateway_id, decision))
                await chaos.attempt(ring(till, chance, payment.gateway_id))
            if chance.random() < 0.1:
                command = RefundPayment(payment_id=payment.id, minor=chance.randint(1, 300))
                actor = await world.actor(ada)
                await chaos.attempt(refund_payment(till.ports, actor, command))
        if number % 20 == 0:
            member = chance.choice(members)
            membership = await chaos.attempt(till.join(member, tier))
            if membership is not None and membership.gateway_id:
                await chaos.attempt(till.pay(membership))
        if number % 25 == 0:
            world.clock.advance(3 * DAY / 1000)
            await chaos.attempt(reconcile(till.ports, everything=True))
            await chaos.attempt(till.run_jobs())
    chaos.calm = True
    world.clock.advance(2 * DAY / 1000)
    await till.run_jobs()
    # A second time, since the script has some answers lost when they come first.
    for _ in range(2):
        await reconcile(till.ports, everything=True)
    await check_against_the_providers_log(till, ada)


async def check_against_the_providers_log(till, ada):
    """Replay what the provider remembers, and compare."""
    now, tables = till.world.clock.now(), till.world.storage._tables
    assert all(each.minor == 0 for each in await till.read.ledger_balance())
    owed, unknown = 0, set(tables.payments.rows)
    for gateway_id, log in (await till.sandbox.logs()).items():
        if "-" in gateway_id:
            continue
        if log[0].interval is not None:
            membership = await till.read.membership_by_gateway("sandbox", gateway_id)
            status = await till.sandbox.fetch_subscription(gateway_id)
            assert subscription_of(gateway_id, log, now).state is status.state
            payments = [each for each in status.payments if each.state in PAID]
            until = max((each.period_end for each in payments), default=0)
            assert membership.paid_until == until
            alive = status.state is not SubscriptionState.ENDED and until > 0
            assert membership.access_until == (until + 3 * DAY if alive else min(until, status.ended_at))
            for each in status.payments:
                payment = await till.read.by_gateway("sandbox", each.gateway_id)
                assert (payment.state, payment.refunded_minor) == (each.state, each.refunded_minor)
                unknown.remove(payment.id)
                owed += each.amount.minor - each.refunded_minor
            continue
        status = payment_of(gateway_id, log, now)
        payment = await till.read.by_gateway("sandbox", gateway_id)
        if status.state in MONEY or payment.state in MONEY:
            assert (payment.state, payment.refunded_minor) == (status.state, status.refunded_minor)
            credited = [e for e in await till.read.entries(payment.id) if e.before not in MONEY and e.lines]
            assert len(credited) == 1
        unknown.discard(payment.id)
        if status.state not in (PaymentState.CHARGED_BACK, PaymentState.DISPUTED):
            owed += (status.amount.minor - status.refunded_minor) if status.state in MONEY else 0
    # What the provider never heard of was credited to nobody.
    assert all(tables.payments.rows[each].state not in MONEY for each in unknown)
    balance = await till.read.balances(f"author:{ada.id}")
    assert sum(-each.minor for each in balance) == owed > 0
