"""The sandbox gateway follows its script, repeats its answers by key, and believes no unsigned webhook."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.defaults.sandbox import SIGNATURE_HEADER, SandboxGateway
from microblog_core.domain.errors import Conflict, Forbidden, NotFound
from microblog_core.domain.payments import Money, PaymentRequest, PaymentState


def request(minor: int) -> PaymentRequest:
    return PaymentRequest(
        reference=f"tip-{minor}",
        amount=Money(minor, "EUR"),
        country="DE",
        description="Tip",
        return_url="https://example.org/back",
    )


@pytest.mark.parametrize(
    ("minor", "state"),
    [(500, PaymentState.AUTHORISED), (501, PaymentState.FAILED), (502, PaymentState.PENDING)],
)
async def test_the_amount_decides_the_outcome(minor: int, state: PaymentState) -> None:
    assert (await SandboxGateway(b"s").begin(request(minor), key="a")).state is state


async def test_the_same_key_gets_the_same_answer_and_moves_nothing_twice() -> None:
    gateway = SandboxGateway(b"s")
    begun = await gateway.begin(request(500), key="a")
    assert await gateway.begin(request(500), key="a") == begun
    captured = await gateway.capture(begun.gateway_id, key="b")
    assert await gateway.capture(begun.gateway_id, key="b") == captured
    first = await gateway.refund(begun.gateway_id, 200, key="c")
    assert await gateway.refund(begun.gateway_id, 200, key="c") == first
    assert (await gateway.fetch(begun.gateway_id)).refunded_minor == 200


async def test_no_more_is_given_back_than_was_taken() -> None:
    gateway = SandboxGateway(b"s")
    begun = await gateway.begin(request(500), key="a")
    with pytest.raises(Conflict):
        await gateway.refund(begun.gateway_id, 100, key="early")
    await gateway.capture(begun.gateway_id, key="b")
    await gateway.refund(begun.gateway_id, 400, key="c")
    with pytest.raises(Conflict):
        await gateway.refund(begun.gateway_id, 101, key="d")


async def test_what_was_captured_cannot_be_cancelled() -> None:
    gateway = SandboxGateway(b"s")
    begun = await gateway.begin(request(500), key="a")
    await gateway.capture(begun.gateway_id, key="b")
    with pytest.raises(Conflict):
        await gateway.cancel(begun.gateway_id, key="c")


async def test_an_unknown_payment_is_not_found() -> None:
    with pytest.raises(NotFound):
        await SandboxGateway(b"s").fetch("nothing")


async def test_a_webhook_is_verified_or_refused() -> None:
    gateway = SandboxGateway(b"s")
    status = await gateway.begin(request(500), key="a")
    body = msgspec.json.encode(status)
    assert gateway.parse_webhook({SIGNATURE_HEADER: gateway.sign(body)}, body) == status
    with pytest.raises(Forbidden):
        gateway.parse_webhook({SIGNATURE_HEADER: gateway.sign(body)}, body + b" ")
    with pytest.raises(Forbidden):
        gateway.parse_webhook({}, body)
    with pytest.raises(Forbidden):
        gateway.parse_webhook({SIGNATURE_HEADER: gateway.sign(b"[]")}, b"[]")
