"""One site for all clients, each started once, and what they could do so far."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What a check compared should be seen when it fails; this works only before the modules are imported.
for name in ("checks", "consent", "javascript", "mastodon_py", "site", "toot"):
    pytest.register_assert_rewrite(f"{__package__}.{name}")

from .clients import CLIENTS, Client, Runner  # noqa: E402
from .site import Site, running_site  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/clients/" in item.path.as_posix():
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def running(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Client], Runner]:
    """A function that gives a client which has been started for the site."""
    # Nothing of this may leave the machine, by a proxy least of all.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    started: dict[str, Runner] = {}

    def start(client: Client) -> Runner:
        if client.name not in started:
            started[client.name] = client.start(site, tmp_path_factory.mktemp("client"))
        return started[client.name]

    return start


@pytest.fixture(scope="session")
def results() -> dict[tuple[str, str], bool]:
    """What was tried so far, and whether it worked."""
    return {}


@pytest.fixture(scope="session")
def page(root: Path) -> Path:
    return root / "docs" / "clients.md"


@pytest.fixture(scope="session")
def offered() -> set[tuple[str, str]]:
    return {(client.name, capability) for client in CLIENTS for capability in client.offers}
