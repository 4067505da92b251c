"""What Stripe's errors mean: whether the next gateway is tried hangs on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from stripe_rig import StripeRig

from microblog_core.domain.errors import Conflict, Declined, MicroblogError, NotFound, Unavailable
from microblog_core.domain.payments import PaymentState, SubscriptionState
from microblog_core.plugins.settings import Secret
from microblog_core.testing.gateways import payment_request, subscription_request
from microblog_core.testing.servers import free_port
from microblog_plugins.stripe.calls import Unclear
from microblog_plugins.testing.providers import CallFault

LOST = [CallFault.TIMEOUT_AFTER, CallFault.BROKEN_AFTER]


async def captured(rig: StripeRig) -> str:
    begun = await rig.gateway.begin(payment_request(rig), key="begin")
    rig.provider.pay(begun.gateway_id)
    return begun.gateway_id


def patience(fault: CallFault) -> float:
    """How many seconds a call may take: few only where one is not answered."""
    return 1.0 if fault is CallFault.TIMEOUT_AFTER else 30.0


def what(rig: StripeRig, name: str) -> int:
    return sum(entry.what == name for entry in rig.provider.log)


async def test_nobody_there_is_unavailable() -> None:
    async with StripeRig(api_base=f"http://127.0.0.1:{free_port()}") as rig:
        with pytest.raises(Unavailable):
            await rig.gateway.begin(payment_request(rig), key="a")
        with pytest.raises(Unavailable):
            await rig.gateway.fetch("cs_test_1")


async def test_a_wrong_key_is_unavailable_and_shown_nowhere() -> None:
    async with StripeRig(secret_key=Secret("sk_test_wrong")) as rig:
        with pytest.raises(Unavailable) as caught:
            await rig.gateway.begin(payment_request(rig), key="a")
        assert "sk_test_wrong" not in str(caught.value)
        with pytest.raises(Unavailable):
            await rig.gateway.fetch("cs_test_1")


async def test_an_amount_that_it_does_not_take_is_declined(rig: StripeRig) -> None:
    with pytest.raises(Declined, match="at least"):
        await rig.gateway.begin(payment_request(rig, minor=49), key="a")
    assert not rig.provider.log


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_answer_to_a_beginning_is_no_outage_and_the_same_key_finds_it(fault: CallFault) -> None:
    async with StripeRig(seconds=patience(fault)) as rig:
        rig.provider.mischief.script(fault)
        with pytest.raises(Unclear):
            await rig.gateway.begin(payment_request(rig), key="a")
        assert not issubclass(Unclear, MicroblogError)
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        assert begun.state is PaymentState.PENDING
        assert what(rig, "begun") == 1


async def test_an_error_of_its_own_before_anything_was_done_is_no_outage_either(rig: StripeRig) -> None:
    rig.provider.mischief.script(CallFault.ERROR_BEFORE)
    with pytest.raises(Unclear):
        await rig.gateway.begin(payment_request(rig), key="a")
    assert (await rig.gateway.begin(payment_request(rig), key="a")).redirect_url


async def test_what_was_begun_in_spite_of_an_error_is_found_by_its_reference(rig: StripeRig) -> None:
    # Stripe answers the same key with the same error for a day.
    rig.provider.mischief.script(CallFault.ERROR_AFTER)
    first = await rig.gateway.begin(payment_request(rig), key="a")
    assert (first.state, first.reference) == (PaymentState.PENDING, "suite-1")
    assert await rig.gateway.begin(payment_request(rig), key="a") == first
    rig.provider.mischief.script(CallFault.ERROR_AFTER)
    subscribed = await rig.gateway.subscribe(subscription_request(rig), key="b")
    assert subscribed.state is SubscriptionState.PENDING and subscribed.gateway_id != first.gateway_id
    assert what(rig, "begun") == 2


async def test_the_same_key_tells_how_it_stands_now(rig: StripeRig) -> None:
    await captured(rig)
    again = await rig.gateway.begin(payment_request(rig), key="begin")
    assert (again.state, again.redirect_url) == (PaymentState.CAPTURED, "")


@pytest.mark.parametrize("fault", [*LOST, CallFault.ERROR_AFTER])
async def test_a_refund_whose_answer_is_lost_happens_once(fault: CallFault) -> None:
    async with StripeRig(seconds=patience(fault)) as rig:
        gateway_id = await captured(rig)
        rig.provider.mischief.script(fault)
        with pytest.raises(Unclear):
            await rig.gateway.refund(gateway_id, 500, key="r")
        # Even when Stripe has forgotten the key.
        rig.provider.forget_keys()
        status = await rig.gateway.refund(gateway_id, 500, key="r")
        assert (status.state, status.refunded_minor) == (PaymentState.PARTIALLY_REFUNDED, 500)
        assert what(rig, "refunded") == 1


async def test_a_look_that_fails_after_something_was_done_does_not_say_that_nothing_was(
    rig: StripeRig,
) -> None:
    gateway_id = await captured(rig)
    rig.provider.mischief.script(CallFault.DOWN_AFTER)
    with pytest.raises(Unclear, match="was done"):
        await rig.gateway.refund(gateway_id, 500, key="r")
    rig.provider.mischief.end()
    assert (await rig.gateway.refund(gateway_id, 500, key="r")).refunded_minor == 500


async def test_looking_is_unavailable_whatever_goes_wrong() -> None:
    async with StripeRig(seconds=1.0) as rig:
        gateway_id = await captured(rig)
        for fault in (CallFault.ERROR_BEFORE, CallFault.SLOW):
            rig.provider.mischief.calls = {fault: 1.0}
            rig.provider.mischief.slow_seconds = 3.0
            with pytest.raises(Unavailable):
                await rig.gateway.fetch(gateway_id)


async def test_a_key_that_was_used_for_something_else_is_neither_declined_nor_begun(rig: StripeRig) -> None:
    await rig.gateway.begin(payment_request(rig), key="a")
    with pytest.raises(Unclear):
        await rig.gateway.begin(payment_request(rig, 2), key="a")


async def test_of_many_refunds_at_the_same_time_no_more_is_given_back_than_was_taken(rig: StripeRig) -> None:
    gateway_id = await captured(rig)
    tries = [rig.gateway.refund(gateway_id, 500, key=f"r{number}") for number in range(6)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in outcomes) == 4
    assert (await rig.gateway.fetch(gateway_id)).refunded_minor == 1000


async def test_while_one_call_hangs_others_are_answered() -> None:
    async with StripeRig(seconds=2.0) as rig:
        gateway_id = await captured(rig)
        rig.provider.mischief.script(CallFault.TIMEOUT_AFTER)
        hanging = asyncio.create_task(rig.gateway.begin(payment_request(rig, 2), key="b"))
        for _ in range(3):
            assert (await rig.gateway.fetch(gateway_id)).state is PaymentState.CAPTURED
        assert not hanging.done()
        with pytest.raises(Unclear):
            await hanging


async def test_what_was_paid_meanwhile_is_neither_closed_nor_found_as_something_else(rig: StripeRig) -> None:
    subscription = await rig.gateway.subscribe(subscription_request(rig, 2), key="s")
    payment = await rig.gateway.begin(payment_request(rig), key="p")
    wrong: list[Callable[[], Awaitable[object]]] = [
        lambda: rig.gateway.fetch(subscription.gateway_id),
        lambda: rig.gateway.fetch_subscription(payment.gateway_id),
        lambda: rig.gateway.fetch("pi_nothing"),
        lambda: rig.gateway.fetch("in_nothing"),
        lambda: rig.gateway.fetch_subscription("sub_nothing"),
    ]
    for call in wrong:
        with pytest.raises(NotFound):
            await call()
