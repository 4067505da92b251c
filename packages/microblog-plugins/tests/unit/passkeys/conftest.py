"""A site with website and API whose people have passkeys, with a clock that stands still."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def town():
    """An open site with ada and bob."""
    from key_ring_town import KeyRingTown

    async with KeyRingTown() as made:
        yield made
