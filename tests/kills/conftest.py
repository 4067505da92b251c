from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .harness import Installation, install

Install = Callable[[Mapping[str, tuple[int, float]]], Installation]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_site(request: pytest.FixtureRequest, tmp_path: Path) -> Install:
    """A function that installs a site with these rate limits, on the storage that the test runs with."""
    postgres = request.param == "postgresql"
    database = request.getfixturevalue("postgres_database") if postgres else ""
    return lambda rates: install(tmp_path / "site", database, rates)
