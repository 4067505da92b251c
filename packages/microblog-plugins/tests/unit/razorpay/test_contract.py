"""Razorpay keeps the contract of gateways, whether it captures by itself or on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from razorpay_rig import RazorpayRig

from microblog_core.testing.gateways import GatewaySuite
from microblog_plugins.testing.providers import Outcome


class TestRazorpay(GatewaySuite):
    """With Razorpay's own library, over HTTP."""


class TestRazorpayWithCapture(GatewaySuite):
    """An account whose payments are captured on demand."""

    @pytest.fixture
    async def rig(self) -> AsyncIterator[RazorpayRig]:
        async with RazorpayRig(outcome=Outcome.AUTHORISED) as rig:
            yield rig
