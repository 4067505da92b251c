"""One seeded site for all crawls, and a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from .town import Town, served_town


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/crawl/" in item.path.as_posix():
            item.add_marker(pytest.mark.crawl)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with served_town(tmp_path_factory.mktemp("crawl")) as served:
        yield served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser that MICROBLOG_CHROMIUM names, else the system's."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("MICROBLOG_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
