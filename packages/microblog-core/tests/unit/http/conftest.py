from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from http_fakes import FakeSite


@pytest.fixture
def site() -> FakeSite:
    """A site in memory with sessions and the password log-in, as composition would make it."""
    return FakeSite()
