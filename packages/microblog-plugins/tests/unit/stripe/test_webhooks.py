"""Webhooks of Stripe ring for what they are signed for, and for nothing else."""

from __future__ import annotations

import json

import pytest
import stripe
from stripe_rig import StripeRig

from microblog_core.domain.errors import Forbidden
from microblog_core.domain.payments import Notice
from microblog_core.testing.builder import NOON
from microblog_plugins.stripe.webhooks import HEADER, read_webhook

SECRET = "whsec_sandbox"


def signed(body: str, secret: str = SECRET) -> dict[str, str]:
    """As Stripe's own library signs."""
    return {HEADER: stripe.WebhookSignature.generate_signature_header(body, secret, NOON // 1000)}


def read(body: str, secret: str = SECRET) -> Notice | None:
    return read_webhook(signed(body), body.encode(), secret, now=NOON)


def event(kind: str, **about: object) -> str:
    return json.dumps({"id": "evt_1", "type": kind, "created": NOON // 1000, "data": {"object": about}})


@pytest.mark.parametrize(
    "body",
    [
        event("customer.created", id="cus_1"),
        event("invoice.paid", id="in_1", parent=None),
        event("charge.refunded", id="ch_1", payment_intent=None, metadata=None),
        event("payment_intent.succeeded", id="pi_1"),
    ],
)
def test_what_is_genuine_and_nothing_of_ours_rings_for_nothing(body: str) -> None:
    assert read(body) is None


@pytest.mark.parametrize("body", ["[]", "nothing", "{}", '{"id": 1}', json.dumps({"id": "a", "type": "b"})])
def test_what_is_signed_and_no_event_is_refused(body: str) -> None:
    with pytest.raises(Forbidden):
        read(body)


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=abc", "t=x,v1=abc", "t=1,v1=\u00e4", "t=1,v1=abc", ",,,", "t==,v1=="]
)
def test_a_header_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(Forbidden):
        read_webhook({HEADER: header}, b"{}", SECRET, now=NOON)


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(Forbidden):
        read_webhook(signed("{}"), b"\xff\xfe", SECRET, now=NOON)


@pytest.mark.parametrize(
    "about",
    [
        {"parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"reference": "r"}}}},
        {"subscription": "sub_1", "subscription_details": {"metadata": {"reference": "r"}}},
    ],
)
def test_invoices_of_older_versions_are_read_as_well(about: dict[str, object]) -> None:
    notice = read(event("invoice.paid", id="in_1", **about))
    assert notice is not None
    assert (notice.kind, notice.gateway_id, notice.reference) == ("subscription", "sub_1", "r")


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(Forbidden):
        read_webhook(signed(event("customer.created"), ""), event("customer.created").encode(), "", now=NOON)


async def test_the_first_of_several_signatures_may_be_the_one_of_an_old_secret(rig: StripeRig) -> None:
    body = event("checkout.session.completed", id="cs_1", mode="payment", client_reference_id="r")
    stamp, _, right = signed(body)[HEADER].partition(",")
    notice = read_webhook({HEADER: f"{stamp},v1=old,{right}"}, body.encode(), SECRET, now=NOON)
    assert notice is not None and (notice.gateway_id, notice.reference) == ("cs_1", "r")
