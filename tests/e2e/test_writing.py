"""Writing with every choice, in a real browser and on a small screen."""

from __future__ import annotations

NARROW = {"viewport": {"width": 320, "height": 640}}


def fits(person):
    """Whether nothing of the page lies beside a window of 320 pixels."""
    return (
        person.page.locator("main").evaluate("main => main.ownerDocument.documentElement.scrollWidth") <= 320
    )


def press(person, label):
    person.page.get_by_role("main").get_by_role("button", name=label, exact=True).click()


def open_all(person):
    closed = person.page.locator("main details:not([open]) > summary")
    while closed.count():
        closed.first.click()


def test_a_poll_is_written_previewed_kept_as_a_draft_published_and_voted_in(people, name):
    ada, bob = people(**NARROW), people(**NARROW)
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    question = f"Tea or coffee, asks {ada.name}?"
    ada.open("/")
    ada.page.get_by_label("What's on your mind?").fill(question)
    press(ada, "Poll, time, preview, draft")
    assert ada.page.get_by_label("What's on your mind?").input_value() == question
    open_all(ada)
    assert fits(ada)
    ada.page.get_by_label("Option 1").fill("Tea")
    ada.page.get_by_label("Option 2").fill("Coffee " + "x" * 43)
    press(ada, "Preview")
    assert ada.sees("Nobody can see it yet.")
    assert fits(ada)
    press(ada, "Save as a draft")
    assert ada.sees("Saved as a draft.")
    ada.open("/drafts")
    assert fits(ada)
    ada.page.get_by_role("link", name=question).click()
    press(ada, "Post")
    assert ada.sees("Published.")

    bob.open(f"/@{ada.name}")
    bob.page.get_by_label("Tea").check()
    bob.page.get_by_role("button", name="Vote", exact=True).click()
    bob.waits_for("Your vote counts.")
    assert bob.sees("100 % Tea")
    assert fits(bob)
    bob.page.get_by_role("link", name="Quote the post by").click()
    bob.page.get_by_label("What's on your mind?").fill(f"Tea, says {bob.name}")
    press(bob, "Post")
    bob.open(f"/@{bob.name}")
    assert bob.page.locator(".cited").get_by_text(question).is_visible()
    assert fits(bob)


def test_a_post_waits_is_moved_and_written_on(people, name):
    ada = people(**NARROW)
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill(f"Later, says {ada.name}")
    ada.page.get_by_text("Time, who can reply and quote").click()
    field = ada.page.get_by_label("Publish it later")
    year = ada.page.evaluate("new Date().getUTCFullYear() + 1")
    field.fill(f"{year}-01-31T18:00")
    press(ada, "Post")
    assert ada.path == "/scheduled"
    assert ada.sees(f"31 Jan {year}, 18:00 UTC")
    assert fits(ada)
    ada.page.get_by_label("Time (UTC)").fill(f"{year}-02-01T08:30")
    press(ada, "Move")
    assert ada.sees(f"1 Feb {year}, 08:30 UTC")
    press(ada, "Go on writing")
    assert ada.page.get_by_label("What's on your mind?").input_value() == f"Later, says {ada.name}"


def test_a_history_says_what_changed_and_a_post_is_written_anew(people, name):
    ada = people(**NARROW)
    ada.sign_up(name("ada"))
    ada.write(f"The quick fox of {ada.name}")
    ada.post("The quick fox").get_by_role("link", name="Edit", exact=True).click()
    ada.page.get_by_label("Text", exact=True).fill(f"The slow fox of {ada.name}")
    press(ada, "Save")
    ada.page.get_by_role("link", name="Edited").click()
    ada.page.get_by_text("What changed").click()
    assert ada.page.locator("ins").inner_text() == "slow"
    assert fits(ada)
    ada.page.go_back()
    ada.post("The slow fox").get_by_role("link", name="Delete", exact=True).click()
    press(ada, "Delete and write it anew")
    assert ada.page.get_by_label("What's on your mind?").input_value() == f"The slow fox of {ada.name}"
