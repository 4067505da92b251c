"""A site with website and API whose people have keys, in process, with a clock that stands still."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def town():
    """An open site with ada and bob, their browsers, and programs of theirs."""
    from key_town import KeyTown

    async with KeyTown() as made:
        yield made
