"""The plugin `razorpay`: there where there is a key, and honest about what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.payments import Product
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with
from microblog_plugins.razorpay import plugin

KEYS = {"key_id": "rzp_test_1", "key_secret": "very-secret-1", "webhook_secret": "very-secret-2"}


def site(**settings: Any) -> Site:
    config = PaymentsConfig(gateways=("razorpay", "sandbox"))
    return site_with({"razorpay": plugin}, settings={"razorpay": settings}, payments=config)


def test_without_a_key_it_offers_nothing() -> None:
    assert site().gateways.route("INR").gateways == ("sandbox",)


def test_with_a_key_it_takes_tips_in_rupees_and_no_memberships() -> None:
    made = site(**KEYS)
    assert made.gateways.route("INR", "IN", Product.TIP).gateways == ("razorpay", "sandbox")
    assert made.gateways.route("INR", "IN", Product.MEMBERSHIP).gateways == ("sandbox",)
    assert made.gateways.route("EUR").gateways == ("sandbox",)
    assert made.gateways.get("razorpay").name == "razorpay"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key_id", "sk_test_1"),
        ("key_secret", ""),
        ("webhook_secret", ""),
        ("currencies", []),
        ("currencies", ["inr"]),
        ("seconds", 0),
        ("at_once", 0),
        ("api_base", "example.org"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_is_shown(name: str, value: object) -> None:
    report = report_of(site(**{**KEYS, name: value}), "razorpay")
    assert f"plugins.razorpay.{name}" in report.reason
    assert "very-secret" not in report.reason
