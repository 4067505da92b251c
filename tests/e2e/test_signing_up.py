"""Invitations, preferences and leaving in a real browser."""

from __future__ import annotations

PASSWORD = "correct horse battery"


def test_a_friend_comes_by_a_link_and_follows_from_the_start(people, name):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/invites")
    ada.page.get_by_label("Who comes by it follows me").check()
    ada.page.get_by_role("button", name="Make a link").click()
    link = ada.page.get_by_label("Link").input_value()
    bob.open(link.removeprefix(bob.base))
    assert bob.sees(f"{ada.name} invites you.")
    bob.page.get_by_label("Username").fill(name("bob"))
    bob.page.get_by_label("E-mail address").fill(f"{name('bob')}@example.org")
    bob.page.get_by_label("Password").fill(PASSWORD)
    bob.page.get_by_role("button", name="Sign up").click()
    assert bob.path == "/"
    ada.open("/invites")
    assert ada.sees("Used 1 of 1 times.")
    ada.page.get_by_role("link", name="Who came").click()
    assert ada.sees(f"@{name('bob')}")


def test_colours_and_time_zone_are_the_readers(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/settings/preferences")
    ada.page.get_by_label("Colours").select_option("High contrast")
    ada.page.get_by_label("Density").select_option("Compact")
    ada.page.get_by_label("Motion").select_option("Reduced")
    ada.page.get_by_label("Time zone").select_option("Asia/Tokyo")
    ada.page.get_by_role("button", name="Save").click()
    assert ada.sees("Your preferences are saved.")
    paper = ada.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper in ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    ada.open("/settings/sessions")
    page = ada.page.locator("html")
    assert (page.get_attribute("data-density"), page.get_attribute("data-motion")) == ("compact", "reduced")
    assert ada.sees("JST")


def test_who_leaves_can_come_back(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/settings/account")
    ada.page.get_by_role("link", name="Delete my account").click()
    ada.page.get_by_label("Current password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Delete my account").click()
    assert "Your account is hidden." in ada.page.inner_text("main")
    visitor.refused(f"/@{ada.name}")
    assert visitor.sees("nobody of this name")
    with ada.refusal(422):
        ada.log_in(ada.name)
    ada.page.get_by_role("button", name="Keep my account").click()
    visitor.open(f"/@{ada.name}")
    assert visitor.sees(ada.name)
