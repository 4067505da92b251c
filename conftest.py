"""What holds for every test. Fixtures are in tests/conftest.py and microblog_core.testing."""

from __future__ import annotations

import os

from hypothesis import settings

# A slow machine is no bug: the timeout of a test bounds it, not milliseconds for each example.
settings.register_profile("microblog", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("microblog")
