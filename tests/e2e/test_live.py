"""New posts are announced where there is JavaScript."""

from __future__ import annotations

import pytest


@pytest.fixture
def javascript() -> bool:
    return True


def test_a_page_that_is_open_tells_of_new_posts(people, name):
    ada, reader = people(), people()
    ada.sign_up(name("ada"))
    ada.write("Before")
    with reader.page.expect_response("**/live/public"):
        reader.open("/public")
    ada.write(f"Fresh from {ada.name}")
    offer = reader.page.get_by_role("link", name="1 new post")
    offer.wait_for()
    assert not reader.sees(f"Fresh from {ada.name}")
    offer.click()
    assert reader.sees(f"Fresh from {ada.name}")


def test_characters_that_are_left_are_counted_as_code_points(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("🌸" * 10)
    assert ada.page.locator("[data-left]").inner_text() == "490"
