"""A server with pages to link to, and a site that asks for them, with a clock that stands still."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from microblog_core.testing.web_pages import WebPages

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def pages():
    with WebPages() as server:
        yield server


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """A folder with the database of a site on which ada and bob have signed up."""
    from link_town import begin

    folder = tmp_path_factory.mktemp("begun")
    asyncio.run(begin(f"sqlite:///{folder}/links.db"))
    return folder


@pytest.fixture
def folder(begun, tmp_path):
    """A copy of it."""
    shutil.copytree(begun, tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
async def town(pages, folder):
    """An open site with ada and bob on SQLite."""
    from link_town import LinkTown

    async with LinkTown(pages, folder) as made:
        yield made
