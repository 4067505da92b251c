from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser

from .harness import Installation, install
from .mailbox import Mailbox

Install = Callable[[Mapping[str, tuple[int, float]]], Installation]
NewBrowser = Callable[[int], Browser]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_site(request: pytest.FixtureRequest, tmp_path: Path) -> Install:
    """A function that installs a site with these rate limits, on the storage that the test runs with."""
    postgres = request.param == "postgresql"
    database = request.getfixturevalue("postgres_database") if postgres else ""
    return lambda rates: install(tmp_path / "site", database, rates)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Where the mails of a site go."""
    with Mailbox() as opened:
        yield opened


@pytest.fixture
async def new_browser() -> AsyncIterator[NewBrowser]:
    """A function that gives a fresh browser for the site at a port; all are closed after the test."""
    opened: list[Browser] = []

    def make(port: int) -> Browser:
        opened.append(Browser(port))
        return opened[-1]

    yield make
    await asyncio.gather(*(browser.close() for browser in opened))
