"""What Razorpay's errors mean: whether the next gateway is tried hangs on it."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from razorpay_rig import RazorpayRig

from microblog_core.domain.errors import Conflict, Declined, MicroblogError, Unavailable
from microblog_core.domain.payments import PaymentState
from microblog_core.plugins.settings import Secret
from microblog_core.testing.gateways import payment_request
from microblog_core.testing.servers import free_port
from microblog_plugins.razorpay.calls import Unclear
from microblog_plugins.testing.providers import CallFault, Outcome

LOST = [CallFault.TIMEOUT_AFTER, CallFault.BROKEN_AFTER, CallFault.ERROR_AFTER]


async def captured(rig: RazorpayRig) -> str:
    begun = await rig.gateway.begin(payment_request(rig), key="begin")
    rig.provider.pay(begun.gateway_id)
    return begun.gateway_id


def patience(fault: CallFault) -> float:
    """How many seconds a call may take: few only where one is not answered."""
    return 1.0 if fault is CallFault.TIMEOUT_AFTER else 30.0


def what(rig: RazorpayRig, name: str) -> int:
    return sum(entry.what == name for entry in rig.provider.log)


async def test_nobody_there_is_unavailable(capsys: pytest.CaptureFixture[str]) -> None:
    async with RazorpayRig(api_base=f"http://127.0.0.1:{free_port()}") as rig:
        with pytest.raises(Unavailable):
            await rig.gateway.begin(payment_request(rig), key="a")
        with pytest.raises(Unavailable):
            await rig.gateway.fetch("plink_1")
    # Razorpay's library would print what went wrong.
    assert capsys.readouterr().out == ""


async def test_a_wrong_key_is_unavailable_and_shown_nowhere() -> None:
    async with RazorpayRig(key_secret=Secret("a-wrong-one")) as rig:
        with pytest.raises(Unavailable) as caught:
            await rig.gateway.begin(payment_request(rig), key="a")
        assert "a-wrong-one" not in str(caught.value)


async def test_an_amount_that_it_does_not_take_is_declined(rig: RazorpayRig) -> None:
    with pytest.raises(Declined, match="at least"):
        await rig.gateway.begin(payment_request(rig, minor=99), key="a")
    assert not rig.provider.log


async def test_three_digits_must_end_in_0() -> None:
    async with RazorpayRig("KWD") as rig:
        with pytest.raises(Declined):
            await rig.gateway.begin(payment_request(rig, minor=1234), key="a")
        begun = await rig.gateway.begin(payment_request(rig, minor=1230), key="a")
        rig.provider.pay(begun.gateway_id)
        with pytest.raises(Conflict):
            await rig.gateway.refund(begun.gateway_id, 5, key="r")


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_answer_to_a_beginning_is_no_outage_and_the_reference_finds_it(fault: CallFault) -> None:
    async with RazorpayRig(seconds=patience(fault)) as rig:
        rig.provider.mischief.script(fault)
        with pytest.raises(Unclear):
            await rig.gateway.begin(payment_request(rig), key="a")
        assert not issubclass(Unclear, MicroblogError)
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        assert begun.state is PaymentState.PENDING and begun.redirect_url
        assert what(rig, "begun") == 1


async def test_an_error_of_its_own_before_anything_was_done_is_no_outage_either(rig: RazorpayRig) -> None:
    rig.provider.mischief.script(CallFault.ERROR_BEFORE)
    with pytest.raises(Unclear):
        await rig.gateway.begin(payment_request(rig), key="a")


async def test_the_same_key_tells_how_it_stands_now(rig: RazorpayRig) -> None:
    await captured(rig)
    again = await rig.gateway.begin(payment_request(rig), key="begin")
    assert (again.state, again.redirect_url) == (PaymentState.CAPTURED, "")


async def test_a_refusal_while_nobody_says_what_there_is_already_is_not_declined(rig: RazorpayRig) -> None:
    await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.mischief.script(CallFault.DOWN_AFTER)
    with pytest.raises(Unclear):
        await rig.gateway.begin(payment_request(rig), key="a")


@pytest.mark.parametrize("fault", [*LOST, CallFault.DOWN_AFTER])
async def test_a_refund_whose_answer_is_lost_happens_once(fault: CallFault) -> None:
    async with RazorpayRig(seconds=patience(fault)) as rig:
        gateway_id = await captured(rig)
        rig.provider.mischief.script(fault)
        with pytest.raises(Unclear):
            await rig.gateway.refund(gateway_id, 500, key="r")
        rig.provider.mischief.end()
        rig.provider.forget_keys()
        status = await rig.gateway.refund(gateway_id, 500, key="r")
        assert (status.state, status.refunded_minor) == (PaymentState.PARTIALLY_REFUNDED, 500)
        assert what(rig, "refunded") == 1


@pytest.mark.parametrize("fault", LOST)
async def test_a_capture_whose_answer_is_lost_happens_once(fault: CallFault) -> None:
    async with RazorpayRig(outcome=Outcome.AUTHORISED, seconds=patience(fault)) as rig:
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        await rig.pay(begun.gateway_id)
        rig.provider.mischief.script(fault)
        with pytest.raises(Unclear):
            await rig.gateway.capture(begun.gateway_id, key="c")
        assert (await rig.gateway.capture(begun.gateway_id, key="c")).state is PaymentState.CAPTURED
        assert what(rig, "captured") == 1


async def test_of_many_captures_and_refunds_at_the_same_time_each_happens_once() -> None:
    async with RazorpayRig(outcome=Outcome.AUTHORISED) as rig:
        begun = await rig.gateway.begin(payment_request(rig), key="a")
        await rig.pay(begun.gateway_id)
        tries = [rig.gateway.capture(begun.gateway_id, key="c") for _ in range(4)]
        assert {each.state for each in await asyncio.gather(*tries)} == {PaymentState.CAPTURED}
        assert what(rig, "captured") == 1
        refunds = [rig.gateway.refund(begun.gateway_id, 500, key=f"r{number}") for number in range(6)]
        outcomes = await asyncio.gather(*refunds, return_exceptions=True)
        assert sum(isinstance(each, Conflict) for each in outcomes) == 4
        assert (await rig.gateway.fetch(begun.gateway_id)).refunded_minor == 1000


async def test_looking_is_unavailable_whatever_goes_wrong() -> None:
    async with RazorpayRig(seconds=1.0) as rig:
        gateway_id = await captured(rig)
        for fault in (CallFault.ERROR_BEFORE, CallFault.SLOW):
            rig.provider.mischief.calls = {fault: 1.0}
            rig.provider.mischief.slow_seconds = 3.0
            with pytest.raises(Unavailable):
                await rig.gateway.fetch(gateway_id)


async def test_a_card_that_is_refused_leaves_the_page_open_for_another(rig: RazorpayRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.pay(begun.gateway_id, Outcome.DECLINED)
    assert await rig.gateway.fetch(begun.gateway_id) == begun
    rig.provider.pay(begun.gateway_id)
    assert (await rig.gateway.fetch(begun.gateway_id)).state is PaymentState.CAPTURED


async def test_a_page_that_nobody_used_runs_out(rig: RazorpayRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.advance(24 * 3600)
    over = await rig.gateway.fetch(begun.gateway_id)
    assert (over.state, over.reason, over.redirect_url) == (PaymentState.FAILED, "expired", "")


async def test_a_long_reference_is_kept_beside_the_short_one_that_razorpay_takes(rig: RazorpayRig) -> None:
    request = replace(payment_request(rig), reference="r" * 60)
    begun = await rig.gateway.begin(request, key="a")
    assert begun.reference == request.reference
    assert await rig.gateway.begin(request, key="a") == begun
