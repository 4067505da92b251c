"""The gateway and the provider's side of it: Stripe's own library against a server that plays Stripe."""

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
    from stripe_rig import StripeRig

    async with StripeRig() as made:
        yield made
