"""What those who run a site do: look how it stands, why something is not well, and who else is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from microblog_core.testing.servers import ServerProcess

from .conftest import OPERATOR, operated_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """`microblog serve` on a folder with one administrator."""
    with operated_server(tmp_path_factory.mktemp("site")) as running:
        yield running


def test_an_operator_looks_around_and_lets_a_program_be_told(people, name):
    wilma, ada = people(), people()
    ada.sign_up(name("ada"))
    assert ada.page.get_by_role("link", name="Administration").count() == 0
    wilma.log_in(OPERATOR)
    wilma.page.get_by_role("link", name="Administration").click()
    assert wilma.sees("Open reports")

    tabs = wilma.page.get_by_role("navigation", name="Administration")
    tabs.get_by_role("link", name="Health").click()
    assert wilma.sees("nothing sends mail")
    tabs.get_by_role("link", name="Plugins").click()
    about = wilma.page.locator("#plugin-web")
    about.get_by_text("What it adds").click()
    assert about.get_by_text("microblog_web").first.is_visible()

    tabs.get_by_role("link", name="Web hooks").click()
    address = f"https://{name('hook').replace('_', '-')}.example.org/"
    wilma.page.get_by_label("Address").fill(address)
    wilma.page.get_by_label("Somebody is reported").check()
    wilma.page.get_by_role("button", name="Add").click()
    assert wilma.sees("Copy it now")
    wilma.page.get_by_role("button", name=f"Remove {address}").click()
    assert wilma.sees("The web hook is removed.")


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_is_wider_than_the_window(people, width):
    wilma = people(viewport={"width": width, "height": 800})
    wilma.log_in(OPERATOR)
    for path in ("", "/statistics", "/jobs", "/campaigns", "/webhooks", "/plugins", "/health"):
        wilma.open(f"/admin{path}")
        assert wilma.page.evaluate("document.documentElement.scrollWidth") <= width, path
