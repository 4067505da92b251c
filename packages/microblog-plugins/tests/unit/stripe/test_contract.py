"""Stripe keeps the contract of gateways."""

from __future__ import annotations

from microblog_core.testing.gateways import SubscriptionGatewaySuite


class TestStripe(SubscriptionGatewaySuite):
    """With Stripe's own library, over HTTP."""
