"""Two people meet: everything that the first loop of the site promises, in a real browser."""

from __future__ import annotations


def test_the_whole_loop_between_two_people(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    assert ada.sees("Welcome!")
    bob.sign_up(name("bob"))

    ada.write(f"Good morning from {ada.name} #{name('tea')}")
    bob.open("/public")
    assert bob.sees(f"Good morning from {ada.name}")

    bob.open(f"/@{ada.name}")
    bob.page.get_by_role("button", name="Follow", exact=True).click()
    assert bob.path == f"/@{ada.name}"
    bob.page.get_by_role("button", name="Unfollow").wait_for()
    ada.write("For my followers only", "followers")
    bob.open("/")
    assert bob.sees("For my followers only")
    assert bob.sees("Followers only")
    stranger = people()
    stranger.open(f"/@{ada.name}")
    assert stranger.sees("Good morning")
    assert not stranger.sees("For my followers only")

    bob.open_post("Good morning from")
    reply = bob.page.get_by_label(f"Your answer to {ada.name}")
    assert reply.input_value() == f"@{ada.name} "
    reply.fill(f"@{ada.name} And a good day to you")
    bob.page.get_by_role("button", name="Reply", exact=True).click()
    assert bob.sees("And a good day to you")

    ada.open("/")
    assert ada.page.locator(".count").inner_text().startswith("2")
    ada.page.get_by_role("link", name="Notifications").click()
    assert ada.sees("replied to you")
    assert ada.sees("follows you now")
    ada.page.get_by_role("button", name="Mark all as read").click()
    assert not ada.sees("New")

    stranger.open(f"/tags/{name('tea')}")
    assert stranger.sees("Good morning")


def test_reacting_keeps_the_place_and_can_be_undone(people, name, javascript):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.write(f"Something to like by {ada.name}")
    bob.open(f"/@{ada.name}")
    bob.page.get_by_role("button", name="Favourite the post by").click()
    undo = bob.page.get_by_role("button", name="Undo the favourite of the post by")
    undo.wait_for()
    assert bob.path.startswith(f"/@{ada.name}" if javascript else f"/@{ada.name}#p")
    assert "1" in undo.inner_text()
    bob.page.get_by_role("button", name="Boost the post by", exact=False).first.click()
    bob.page.get_by_role("button", name="Undo the boost of the post by").wait_for()
    visitor = people()
    visitor.open(f"/@{bob.name}")
    assert visitor.sees(f"{bob.name} boosted")
    bob.page.get_by_role("button", name="Undo the boost of the post by").click()
    bob.page.get_by_role("button", name="Boost the post by").first.wait_for()
    bob.page.get_by_role("button", name="Undo the favourite of the post by").click()
    bob.page.get_by_role("button", name="Favourite the post by").first.wait_for()
    visitor.open(f"/@{bob.name}")
    assert not visitor.sees("boosted")
    ada.open("/notifications")
    assert not ada.sees("favourited your post")


def test_editing_shows_its_history_and_deleting_asks_first(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.write(f"First words of {ada.name}")
    ada.post("First words").get_by_role("link", name="Edit", exact=True).click()
    ada.page.get_by_label("Text", exact=True).fill(f"Better words of {ada.name}")
    ada.page.get_by_role("button", name="Save").click()
    assert ada.sees("Better words")
    visitor.open(f"/@{ada.name}")
    visitor.page.get_by_role("link", name="Edited").click()
    assert visitor.sees("First words")
    assert visitor.sees("Better words")

    ada.page.get_by_role("link", name="Delete", exact=True).click()
    ada.page.get_by_role("form", name="Delete this post?").wait_for()
    ada.page.get_by_role("link", name="Keep it").click()
    assert ada.sees("Better words")
    ada.page.get_by_role("link", name="Delete", exact=True).click()
    ada.page.get_by_role("button", name="Delete", exact=True).click()
    ada.waits_for("The post is deleted.")
    visitor.open(f"/@{ada.name}")
    assert not visitor.sees("Better words")


def test_a_direct_post_reaches_the_person_named_and_nobody_else(people, name):
    ada, bob, eve = people(), people(), people()
    for person, stem in ((ada, "ada"), (bob, "bob"), (eve, "eve")):
        person.sign_up(name(stem))
    ada.write(f"@{bob.name} just between us", "direct")
    bob.open("/notifications")
    assert bob.sees("just between us")
    assert bob.sees("only the people named can read this")
    for path in ("/public", f"/@{ada.name}", f"/@{ada.name}/with_replies"):
        eve.open(path)
        assert not eve.sees("just between us")
