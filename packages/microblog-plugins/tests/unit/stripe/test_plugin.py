"""The plugin `stripe`: there where there is a key, and honest about what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from microblog_core.config_payments import PaymentsConfig
from microblog_core.domain.payments import Product
from microblog_core.site import Site
from microblog_core.testing.sites import report_of, site_with
from microblog_plugins.stripe import plugin

KEYS = {"secret_key": "sk_test_1", "webhook_secret": "whsec_1"}


def site(**settings: Any) -> Site:
    config = PaymentsConfig(gateways=("stripe", "sandbox"))
    return site_with({"stripe": plugin}, settings={"stripe": settings}, payments=config)


def test_without_a_key_it_offers_nothing() -> None:
    assert site().gateways.route("EUR").gateways == ("sandbox",)


def test_with_a_key_it_takes_tips_and_memberships_before_the_sandbox() -> None:
    made = site(**KEYS)
    for product in Product:
        assert made.gateways.route("EUR", "DE", product).gateways == ("stripe", "sandbox")
    assert made.gateways.get("stripe").name == "stripe"


def test_currencies_and_priority_are_what_the_configuration_says() -> None:
    made = site(**KEYS, currencies=["EUR"], priority=-200)
    assert made.gateways.route("EUR").gateways == ("sandbox", "stripe")
    assert made.gateways.route("JPY").gateways == ("sandbox",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", "pk_test_1"),
        ("webhook_secret", ""),
        ("currencies", ["eur"]),
        ("seconds", 0),
        ("at_once", 0),
        ("api_base", "example.org"),
        ("api_base", "https://example.org/"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_is_shown(name: str, value: object) -> None:
    report = report_of(site(**{**KEYS, name: value}), "stripe")
    assert f"plugins.stripe.{name}" in report.reason
    assert "sk_test_1" not in report.reason and "pk_test_1" not in report.reason
