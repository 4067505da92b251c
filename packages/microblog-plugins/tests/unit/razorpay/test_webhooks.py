"""Webhooks of Razorpay ring for what they are signed for, and for nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from razorpay_rig import RazorpayRig

from microblog_core.domain.errors import Forbidden
from microblog_core.domain.payments import Notice
from microblog_core.testing.builder import NOON
from microblog_core.testing.gateways import payment_request
from microblog_plugins.razorpay.webhooks import HEADER, read_webhook

SECRET = "a secret"


def read(body: str, secret: str = SECRET) -> Notice | None:
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return read_webhook({HEADER: signature}, body.encode(), secret, now=NOON)


def test_what_is_genuine_and_nothing_of_ours_rings_for_nothing() -> None:
    assert read(json.dumps({"event": "payout.processed", "created_at": NOON // 1000, "payload": {}})) is None


@pytest.mark.parametrize("body", ["[]", "nothing", "{}", '{"event": "a", "created_at": "yesterday"}'])
def test_what_is_signed_and_no_event_is_refused(body: str) -> None:
    with pytest.raises(Forbidden):
        read(body)


@pytest.mark.parametrize("signature", ["", "abc", "\u00e4", "0" * 64])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    with pytest.raises(Forbidden):
        read_webhook({HEADER: signature}, b"{}", SECRET, now=NOON)


def test_a_body_that_is_no_text_is_refused() -> None:
    signature = hmac.new(SECRET.encode(), b"\xff", hashlib.sha256).hexdigest()
    with pytest.raises(Forbidden):
        read_webhook({HEADER: signature}, b"\xff", SECRET, now=NOON)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(Forbidden):
        read("{}", "")


async def test_another_name_for_the_event_makes_no_other_event(rig: RazorpayRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.pay(begun.gateway_id)
    headers, body = await rig.webhook(begun.gateway_id, at=rig.now())
    first = rig.gateway.parse_webhook(headers, body, now=rig.now())
    renamed = {**headers, "x-razorpay-event-id": "another"}
    assert rig.gateway.parse_webhook(renamed, body, now=rig.now()) == first


async def test_the_webhook_of_a_refund_leads_to_the_payment(rig: RazorpayRig) -> None:
    begun = await rig.gateway.begin(payment_request(rig), key="a")
    rig.provider.pay(begun.gateway_id)
    await rig.gateway.refund(begun.gateway_id, 500, key="r")
    headers, body = await rig.webhook(begun.gateway_id, at=rig.now())
    notice = rig.gateway.parse_webhook(headers, body, now=rig.now())
    assert notice is not None and notice.gateway_id.startswith("pay_")
    assert notice.reference == begun.reference
    assert (await rig.gateway.fetch(notice.gateway_id)).gateway_id == begun.gateway_id
