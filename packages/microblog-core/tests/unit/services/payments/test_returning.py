"""Payers who come back are told at once, whatever the webhook does."""

from __future__ import annotations

import pytest

from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.services.payments.returning import Returned, return_to_membership, return_to_payment


async def test_whoever_comes_back_sees_that_it_is_paid(world, till, ada, bob):
    payment, payer = await till.tip(bob, ada, 509), await world.actor(bob)
    await till.pay(payment)
    paid = await return_to_payment(till.ports, payer, Returned(id=payment.id))
    assert paid.payment.state is PaymentState.CAPTURED
    assert await return_to_payment(till.ports, payer, Returned(id=payment.id)) == paid
    membership = await till.join(bob, await till.tier(ada, 309))
    await till.pay(membership)
    after = await return_to_membership(till.ports, payer, Returned(id=membership.id))
    assert after.state is SubscriptionState.ACTIVE


async def test_where_the_provider_does_not_answer_it_stays_as_it_is_known(world, till, ada, bob, monkeypatch):
    payment = await till.tip(bob, ada)
    membership = await till.join(bob, await till.tier(ada))

    async def fail(gateway_id):
        raise OSError("cable")

    monkeypatch.setattr(till.sandbox, "fetch", fail)
    monkeypatch.setattr(till.sandbox, "fetch_subscription", fail)
    actor = await world.actor(bob)
    assert (await return_to_payment(till.ports, actor, Returned(id=payment.id))).payment == payment
    assert await return_to_membership(till.ports, actor, Returned(id=membership.id)) == membership


async def test_others_come_back_to_nothing(world, till, ada, bob):
    payment = await till.tip(bob, ada)
    membership = await till.join(bob, await till.tier(ada))
    for come_back, what in ((return_to_payment, payment), (return_to_membership, membership)):
        with pytest.raises(NotFound):
            await come_back(till.ports, await world.actor(ada), Returned(id=what.id))
