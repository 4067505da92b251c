"""Tips: begun at the first gateway that takes them, and at no other one once one may have them."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.contributions import GatewayFactory
from microblog_core.defaults.sandbox import MemoryShelf, SandboxGateway
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.errors import Declined, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from microblog_core.domain.events import PaymentCaptured, PaymentFailed
from microblog_core.domain.ledger import Balance
from microblog_core.domain.payments import CAPABILITIES, PaymentState
from microblog_core.domain.permissions import ANONYMOUS
from microblog_core.domain.timelines import Page
from microblog_core.services.notifications import read_notifications
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.testing.payments import Till


async def kinds(world, account):
    page = await read_notifications(world.ports, await world.actor(account), Page())
    return [each.kind for each in page.items]


async def test_a_tip_sends_the_payer_to_the_provider_and_is_credited_when_it_is_paid(world, till, ada, bob):
    payment = await till.tip(bob, ada, 1234, note="Thank you", country="de")
    assert payment.state is PaymentState.PENDING
    assert payment.redirect_url == f"/payments/sandbox/{payment.gateway_id}"
    assert (payment.country, payment.note, payment.description) == ("DE", "Thank you", "Tip for @ada")
    assert await till.read.balances() == []
    await till.pay(payment)
    paid = await till.now(payment)
    assert (paid.state, paid.redirect_url) == (PaymentState.CAPTURED, "")
    assert await till.read.balances() == [
        Balance(f"author:{ada.id}", "EUR", -1234),
        Balance("gateway:sandbox", "EUR", 1234),
    ]
    assert [event.payment_id for event in world.bus.of(PaymentCaptured)] == [payment.id]
    assert await kinds(world, ada) == ["tip"]
    assert await kinds(world, bob) == ["paid"]
    causes = [each.cause for each in await till.read.entries(payment.id)]
    assert causes == ["request", "request", f"webhook:{payment.gateway_id}-2"]


async def test_the_same_key_is_the_same_tip(world, till, ada, bob):
    first = await till.tip(bob, ada, idempotency_key="k")
    assert await till.tip(bob, ada, idempotency_key="k") == first
    assert (await till.tip(bob, ada, idempotency_key="l")).id != first.id


async def test_whoever_asks_again_after_a_lost_answer_is_sent_to_the_same_page(world, till, ada, bob):
    lost = await till.tip(bob, ada, 503, idempotency_key="k")
    assert lost.redirect_url == ""
    again = await till.tip(bob, ada, 503, idempotency_key="k")
    assert again.id == lost.id and again.redirect_url
    assert len(await till.sandbox.logs()) == 1


async def test_only_who_opted_in_is_tipped_and_nobody_by_oneself(world, till, ada, bob):
    with pytest.raises(NotFound, match="no tips"):
        await begin_tip(till.ports, await world.actor(bob), BeginTip(account_id=ada.id, minor=500))
    await till.payee(ada, tips=False)
    with pytest.raises(NotFound, match="no tips"):
        await till.tip(bob, ada)
    await till.payee(bob)
    with pytest.raises(Invalid, match="yourself"):
        await till.tip(bob, bob)
    with pytest.raises(Unauthenticated):
        await begin_tip(till.ports, ANONYMOUS, BeginTip(account_id=bob.id, minor=500))


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.DELETED, AccountState.LEAVING])
async def test_who_is_not_there_is_not_tipped(world, till, ada, bob, state):
    await till.payee(ada)
    await world.build.set_state(ada, state)
    with pytest.raises(NotFound):
        await till.tip(bob, ada)


async def test_blocks_are_for_money_too(world, till, ada, bob):
    await till.payee(ada)
    await till.payee(bob)
    await world.build.block(ada, bob)
    with pytest.raises(NotFound):
        await till.tip(bob, ada)
    with pytest.raises(Forbidden):
        await till.tip(ada, bob)


async def test_amounts_have_limits_by_currency(world, ada, bob):
    till = Till(world, minimum={"EUR": 200}, maximum={"EUR": 1000})
    for minor in (199, 1001, 0, -5):
        with pytest.raises(Invalid) as invalid:
            await till.tip(bob, ada, minor)
        assert list(invalid.value.fields) == ["amount"]
    assert (await till.tip(bob, ada, 200)).amount.minor == 200
    with pytest.raises(Invalid):
        await till.tip(bob, ada, country="Germany")
    with pytest.raises(Invalid):
        await till.tip(bob, ada, note="x" * 300)


async def test_a_site_that_takes_no_money_takes_no_tips(world, till, ada, bob):
    await till.payee(ada)
    off = dataclasses.replace(till.ports, gateways=Till(world, gateways=()).gateways)
    with pytest.raises(NotFound, match="takes no payments"):
        await begin_tip(off, await world.actor(bob), BeginTip(account_id=ada.id, minor=500))


async def test_where_no_gateway_takes_it_nothing_is_begun(world, ada, bob):
    till = Till(world, countries={"sandbox": ("FR",)})
    with pytest.raises(Declined):
        await till.tip(bob, ada, country="DE")
    assert (await till.read.page(Page())).items == ()


class Broken(SandboxGateway):
    """Takes a payment, and nobody hears of it."""

    name = "broken"

    async def begin(self, request, *, key):
        await super().begin(request, key=key)
        raise ConnectionResetError


class Down(SandboxGateway):
    """Is never reached."""

    name = "down"
    asked = 0

    async def begin(self, request, *, key):
        type(self).asked += 1
        raise Unavailable("Nobody is there.")


def factory(kind, world):
    return GatewayFactory(
        name=kind.name,
        make=lambda: kind(b"s", MemoryShelf(), world.clock, lambda gateway_id: "/x"),
        capabilities=CAPABILITIES,
    )


async def test_the_next_gateway_is_tried_while_surely_nothing_was_begun(world, ada, bob):
    till = Till(world, (factory(Down, world),))
    payment = await till.tip(bob, ada)
    assert (payment.gateway, payment.state) == ("sandbox", PaymentState.PENDING)
    await till.pay(payment)
    assert (await till.now(payment)).state is PaymentState.CAPTURED


async def test_nothing_else_is_tried_once_a_gateway_may_have_begun_it(world, ada, bob):
    till = Till(world, (factory(Broken, world),))
    payment = await till.tip(bob, ada)
    assert (payment.gateway, payment.state, payment.gateway_id) == ("broken", PaymentState.PENDING, "")


async def test_a_gateway_that_can_not_be_made_is_passed_over(world, ada, bob):
    def make():
        raise OSError("no such file")

    till = Till(world, (GatewayFactory(name="broken", make=make),))
    assert (await till.tip(bob, ada)).gateway == "sandbox"


@pytest.mark.parametrize("minor", [501, 502])
async def test_what_nobody_takes_has_failed_and_says_why(world, till, ada, bob, minor):
    payment = await till.tip(bob, ada, minor)
    assert payment.state is PaymentState.FAILED and payment.reason
    assert [event.payment_id for event in world.bus.of(PaymentFailed)] == [payment.id]
    assert await kinds(world, bob) == ["payment_failed"]


async def test_what_is_only_authorised_is_taken(world, till, ada, bob):
    payment = await till.paid(bob, ada, 505)
    assert payment.state is PaymentState.CAPTURED


async def test_what_is_paid_at_once_needs_no_page(world, till, ada, bob):
    payment = await till.tip(bob, ada, 506)
    assert (payment.state, payment.redirect_url) == (PaymentState.CAPTURED, "")
