"""What holds for every test. Fixtures are in tests/conftest.py and microblog_core.testing."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

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


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Put the log back: commands and workers configure it for the whole process, which tests share."""
    root, known = logging.getLogger(), logging.root.manager.loggerDict
    handlers, level = list(root.handlers), root.level
    levels = {name: logger.level for name, logger in known.items() if isinstance(logger, logging.Logger)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, logger in list(known.items()):
        if isinstance(logger, logging.Logger) and logger.level != levels.get(name, logging.NOTSET):
            logger.setLevel(levels.get(name, logging.NOTSET))
    logging.captureWarnings(False)
