"""A site that takes money by the sandbox, and people."""

from __future__ import annotations

import pytest

from microblog_core.testing.payments import Till


@pytest.fixture
def till(world):
    """The site's till."""
    return Till(world)


@pytest.fixture
async def ada(world):
    return await world.sign_up("ada")


@pytest.fixture
async def bob(world):
    return await world.sign_up("bob")
