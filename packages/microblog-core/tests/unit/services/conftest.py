from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from media_fakes import Studio


@pytest.fixture
def studio() -> Studio:
    """A world whose site takes pictures."""
    return Studio()


@pytest.fixture
async def ada(studio: Studio):
    return await studio.sign_up("ada")
