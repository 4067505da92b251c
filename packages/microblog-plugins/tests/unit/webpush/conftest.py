"""A push service, and a site whose apps have subscribed to it, with a clock that stands still."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from microblog_core.testing.receiver import Receiver

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def service():
    with Receiver() as server:
        server.status = 201
        yield server


@pytest.fixture
async def town(service):
    """An open site with ada, bob and cid; nobody has subscribed yet."""
    from push_town import PushTown

    async with PushTown(service) as made:
        yield made
