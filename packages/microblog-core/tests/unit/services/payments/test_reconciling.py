"""The reconciler finds out what no webhook told, and gives up only what its gateway doesn't know."""

from __future__ import annotations

import pytest

from microblog_core.defaults.sandbox import Decision
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.services.payments import reconciling
from microblog_core.services.payments.reconciling import (
    DAY,
    EVERY,
    GIVE_UP,
    HOUR,
    NEVER_HEARD,
    Reconciled,
    is_due,
    reconcile,
)


async def test_what_no_webhook_told_is_found_out(world, till, ada, bob):
    silent = await till.tip(bob, ada, 509)
    slow = await till.tip(bob, ada, 507)
    for payment in (silent, slow):
        await till.pay(payment)
        assert (await till.now(payment)).state is PaymentState.PENDING
    assert await reconcile(till.ports, everything=True) == Reconciled()
    world.clock.advance(120)
    seen = []
    assert await reconcile(till.ports, everything=True, told=seen.append) == Reconciled(asked=2, changed=2)
    assert [each.asked for each in seen] == [1, 2]
    for payment in (silent, slow):
        assert (await till.now(payment)).state is PaymentState.CAPTURED


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(world, till, ada, bob):
    payment = await till.tip(bob, ada, 503)
    assert (payment.state, payment.gateway_id) == (PaymentState.PENDING, "")
    world.clock.advance(120)
    await reconcile(till.ports, everything=True)
    known = await till.now(payment)
    assert known.redirect_url and len(await till.sandbox.logs()) == 1
    await till.pay(known)
    assert (await till.now(payment)).state is PaymentState.CAPTURED


async def test_a_process_that_died_before_it_asked_leaves_nothing_behind(world, till, ada, bob, monkeypatch):
    async def die(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(till.sandbox, "begin", die)
    with pytest.raises(KeyboardInterrupt):
        await till.tip(bob, ada)
    monkeypatch.undo()
    (created,) = await till.read.open(before=2**62, after_id=0, limit=9)
    assert created.state is PaymentState.CREATED
    world.clock.advance(120)
    await reconcile(till.ports, everything=True)
    assert (await till.now(created)).redirect_url


async def test_what_expired_or_was_never_begun_ends(world, till, ada, bob, monkeypatch):
    expired = await till.tip(bob, ada)
    world.clock.advance(DAY / 1000)
    await reconcile(till.ports, everything=True)
    assert (await till.now(expired)).reason == "expired"
    unknown = await till.tip(bob, ada)
    await till.sandbox.cancel(unknown.gateway_id, key="x")
    till.world.storage._tables.values.rows.clear()
    world.clock.advance(DAY / 1000)
    assert (await reconcile(till.ports, everything=True)).failed == 1
    assert (await till.now(unknown)).state is PaymentState.PENDING
    world.clock.advance(GIVE_UP / 1000)
    await reconcile(till.ports, everything=True)
    assert ((await till.now(unknown)).state, (await till.now(unknown)).reason) == (
        PaymentState.FAILED,
        NEVER_HEARD,
    )


async def test_who_pays_after_everybody_gave_up_has_paid(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    world.clock.advance(DAY / 1000)
    await reconcile(till.ports, everything=True)
    assert (await till.now(payment)).state is PaymentState.FAILED
    world.clock.at -= DAY
    await till.sandbox.decide(payment.gateway_id, Decision.PAY)
    world.clock.at += DAY
    await till.ring(payment.gateway_id)
    now = await till.now(payment)
    assert (now.state, now.reason) == (PaymentState.CAPTURED, "")
    assert [each.minor for each in await till.read.ledger_balance()] == [0]


async def test_one_that_can_not_be_asked_holds_up_nobody(world, till, ada, bob, monkeypatch):
    first, second = await till.tip(bob, ada, 509), await till.tip(bob, ada, 609)
    for payment in (first, second):
        await till.pay(payment)
    real = till.sandbox.fetch

    async def fetch(gateway_id):
        if gateway_id == first.gateway_id:
            raise OSError("cable")
        return await real(gateway_id)

    monkeypatch.setattr(till.sandbox, "fetch", fetch)
    world.clock.advance(120)
    assert await reconcile(till.ports, everything=True) == Reconciled(asked=2, changed=1, failed=1)
    assert (await till.now(second)).state is PaymentState.CAPTURED


async def test_pages_of_what_is_open_are_read_to_their_end(world, till, ada, bob, monkeypatch):
    monkeypatch.setattr(reconciling, "CHUNK", 2)
    for number in range(5):
        await till.tip(bob, ada, 509 + 100 * number)
    world.clock.advance(120)
    assert (await reconcile(till.ports, everything=True)).asked == 5


async def test_memberships_of_who_was_deleted_end(world, till, ada, bob):
    membership = await till.joined(bob, await till.tier(ada))
    await world.build.set_state(ada, AccountState.DELETED)
    world.clock.advance(60)
    await reconcile(till.ports)
    ended = await till.membership(membership)
    assert ended.state is SubscriptionState.ENDED and ended.access_until <= world.clock.now()


async def test_a_site_that_takes_no_money_asks_nobody(world):
    assert await reconcile(world.ports) == Reconciled()


def test_the_older_the_rarer():
    def asked(from_age, to_age):
        return sum(is_due(age) for age in range(from_age, to_age, EVERY))

    assert asked(EVERY, HOUR) == 11
    assert asked(HOUR, 2 * HOUR) == 2
    assert asked(2 * DAY, 3 * DAY) == 4
    assert asked(GIVE_UP, GIVE_UP + 2 * DAY) == 2
