"""The sandbox's page has two buttons, and its webhook comes at once."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.defaults.sandbox import Decision
from microblog_core.defaults.sandbox_page import Decide, decide_in_sandbox, read_checkout
from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import PaymentState
from microblog_core.ports.gateways import NoGateways
from microblog_core.testing.payments import Till


@pytest.fixture
def till(world):
    return Till(world)


async def test_the_sandboxes_page_has_two_buttons(world, till):
    ada, bob = [await world.sign_up(name) for name in ("ada", "bob")]
    for decision, state in (
        (Decision.PAY, PaymentState.CAPTURED),
        (Decision.DECLINE, PaymentState.CANCELLED),
    ):
        payment = await till.tip(bob, ada)
        checkout = await read_checkout(till.ports, payment.gateway_id)
        assert checkout.open and checkout.begun.money == payment.amount
        url = await decide_in_sandbox(till.ports, Decide(gateway_id=payment.gateway_id, decision=decision))
        page = f"https://microblog.example/payments/{payment.id}"
        assert url == (f"{page}?returned=1" if decision is Decision.PAY else page)
        await till.run_jobs()
        assert (await till.now(payment)).state is state
        assert not (await read_checkout(till.ports, payment.gateway_id)).open


async def test_a_site_without_the_sandbox_has_no_such_page(world, till):
    with pytest.raises(NotFound):
        await read_checkout(till.ports, "pay_nothing")
    with pytest.raises(NotFound):
        await read_checkout(dataclasses.replace(till.ports, gateways=NoGateways()), "pay_nothing")
