"""The gateway and the provider's side of it: Razorpay's own library against a server that plays Razorpay."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def rig() -> AsyncIterator[Any]:
    """Nobody has paid yet."""
    from razorpay_rig import RazorpayRig

    async with RazorpayRig() as made:
        yield made
