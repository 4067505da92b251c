"""What people keep, decide and tell of: bookmarks, lists, filters, requests, conversations, reports."""

from __future__ import annotations

import pytest


def test_a_post_is_kept_filtered_and_reported(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    eve.write(f"Cheap watches by {eve.name}")

    ada.open(f"/@{eve.name}")
    ada.page.get_by_role("button", name="Bookmark the post by").click()
    ada.page.get_by_role("button", name="Remove the bookmark of").wait_for()
    ada.page.get_by_role("link", name="Collections").click()
    assert ada.sees("Cheap watches")

    ada.open("/filters/new")
    ada.page.get_by_label("Title").fill("No adverts")
    ada.page.get_by_label("Whole words and phrases").fill("cheap watches")
    ada.page.get_by_role("button", name="Save").click()
    ada.open(f"/@{eve.name}")
    assert ada.sees("Filtered: No adverts")
    text = ada.page.get_by_role("article").get_by_text("Cheap watches")
    assert not text.is_visible()
    ada.page.get_by_text("Filtered: No adverts").click()
    assert text.is_visible()

    ada.page.get_by_role("link", name="More about the post by").click()
    ada.page.get_by_role("link", name="Report this post").click()
    assert ada.page.get_by_role("checkbox", name="Cheap watches").is_checked()
    ada.page.get_by_label("What is wrong").select_option("spam")
    ada.page.get_by_role("button", name="Report", exact=True).click()
    assert ada.sees("Thank you.")


def test_a_filter_leaves_out_what_it_finds_until_it_is_deleted(people, name):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    eve.write(f"Cheap watches by {eve.name}")
    eve.write(f"Fresh bread by {eve.name}")
    ada.open("/filters")
    ada.page.get_by_role("link", name="Make a filter").click()
    ada.page.get_by_label("Title").fill("No adverts")
    ada.page.get_by_label("Parts of words").fill("watch")
    ada.page.get_by_label("What becomes of posts that match").select_option("hide")
    ada.page.get_by_role("button", name="Save").click()
    ada.open("/public")
    assert ada.sees(f"Fresh bread by {eve.name}") and not ada.sees("Cheap watches")
    ada.open("/filters")
    ada.page.get_by_role("link", name="Delete No adverts").click()
    ada.page.get_by_role("main").get_by_role("button", name="Delete").click()
    assert ada.sees("You have no filters yet.")
    ada.open("/public")
    assert ada.sees(f"Cheap watches by {eve.name}")


def test_somebody_asks_is_let_in_and_comes_on_a_list(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.open("/settings/profile")
    ada.page.get_by_label("Ask me before somebody follows me").check()
    ada.page.get_by_role("button", name="Save").click()

    bob.open(f"/@{ada.name}")
    bob.page.get_by_role("button", name="Ask to follow").click()
    bob.waits_for("You asked to follow")
    ada.open("/notifications")
    ada.page.get_by_role("link", name="Follow requests").click()
    ada.page.get_by_role("button", name=f"Accept @{bob.name}").click()
    ada.waits_for("Nobody asks")

    bob.open("/lists")
    bob.page.get_by_label("Title").fill("Near ones")
    bob.page.get_by_role("button", name="Make the list").click()
    bob.page.get_by_label("Name", exact=True).fill(f"@{ada.name}")
    bob.page.get_by_role("button", name="Add", exact=True).click()
    assert bob.sees(ada.name)
    ada.write(f"Among friends, {ada.name}", "followers")
    bob.page.get_by_role("link", name="The list", exact=True).click()
    assert bob.sees("Among friends")


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_is_wider_than_the_window(people, name, width):
    ada, bob = people(viewport={"width": width, "height": 800}), people()
    ada.sign_up(name(f"ada{width}"))
    bob.sign_up(name(f"bob{width}"))
    bob.write(f"@{ada.name} just between us", "direct")
    ada.write("Something of my own")
    ada.open(f"/@{bob.name}")
    ada.page.get_by_role("button", name="Follow", exact=True).click()
    ada.page.get_by_role("button", name="Unfollow").wait_for()
    ada.open("/lists")
    ada.page.get_by_label("Title").fill("A title that is quite long for so small a window")
    ada.page.get_by_role("button", name="Make the list").click()
    ada.page.get_by_label("Name", exact=True).fill(bob.name)
    ada.page.get_by_role("button", name="Add", exact=True).click()
    there = ada.path
    ada.open("/filters/new")
    ada.page.get_by_label("Title").fill("Tea")
    ada.page.get_by_role("button", name="Save").click()
    for path in (
        *("/", "/conversations", "/notifications", "/follow_requests", "/bookmarks", "/lists", there),
        *("/tags", "/tags/tea", "/filters", "/filters/new", "/mutes", "/blocks", f"/@{bob.name}"),
    ):
        ada.open(path)
        assert ada.page.evaluate("document.documentElement.scrollWidth") <= width, path
