"""What the tests of wheels share: `nox -s compose` builds these and names their folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheels() -> Path:
    """The folder of the wheels."""
    return Path(os.environ["MICROBLOG_WHEELS"])


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Plugins get more time than by default: in a bare environment the first import compiles whatever the
    plugin imports, and another environment does the same beside it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROBLOG_PLUGINS__TIME_BUDGET", "60")
        yield
