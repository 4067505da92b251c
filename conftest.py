"""What holds for every test. Fixtures are in tests/conftest.py and microblog_core.testing."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A slow machine is no bug: the timeout of a test bounds it, not milliseconds for each example.
settings.register_profile("microblog", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("microblog")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a PostgreSQL server: that server is the same for every Python."""
    for item in items:
        if "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgresql)
