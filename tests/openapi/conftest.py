"""One site for all tests of what the API says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .world import World, served_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served_world(tmp_path_factory.mktemp("openapi")) as served:
        yield served


@pytest.fixture(scope="session")
def document(world: World) -> Any:
    """The document that the site itself serves."""
    return httpx.get(f"{world.url}/api/openapi.json").raise_for_status().json()
