"""A site whose people may log in at a provider, with a clock that stands still."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def town():
    """An open site where who comes from the provider may make an account."""
    from oidc_town import OidcTown

    async with OidcTown(sign_up="yes") as made:
        yield made
