"""A receiver of web hooks, and a site that tells it, with a clock that stands still."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from microblog_core.testing.receiver import Receiver

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


@pytest.fixture
async def town(receiver):
    """An open site with ada, bob and cid that tells of public events; there are no targets yet."""
    from hook_town import HookTown

    async with HookTown(receiver) as made:
        yield made
