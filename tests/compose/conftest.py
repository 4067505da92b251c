"""What the tests of wheels share: `nox -s compose` builds these and names their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheels() -> Path:
    """The folder of the wheels."""
    return Path(os.environ["MICROBLOG_WHEELS"])
