"""The own account in a real browser: mistakes in forms, settings, sessions, logging out."""

from __future__ import annotations

import pytest

PASSWORD = "correct horse battery"


def test_a_mistake_is_explained_at_its_field_and_nothing_typed_is_lost(people, name):
    ada, other = people(), people()
    ada.sign_up(name("ada"))
    other.open("/signup")
    other.page.get_by_label("Username").fill(name("ada").upper())
    other.page.get_by_label("E-mail address").fill("kept@example.org")
    other.page.get_by_label("Password").fill(PASSWORD)
    with other.refusal(422):
        other.page.get_by_role("button", name="Sign up").click()
    field = other.page.get_by_label("Username")
    assert field.get_attribute("aria-invalid") == "true"
    assert other.sees("is taken")
    assert field.input_value() == name("ada").upper()
    assert other.page.get_by_label("E-mail address").input_value() == "kept@example.org"


def test_a_post_that_is_too_long_is_kept_and_can_be_shortened(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    box = ada.page.get_by_label("What's on your mind?")
    box.fill("word " * 120)
    with ada.refusal(422):
        ada.page.get_by_role("button", name="Post", exact=True).click()
    assert ada.sees("Use at most 500 characters")
    assert ada.page.get_by_label("What's on your mind?").input_value().startswith("word word")
    ada.page.get_by_label("What's on your mind?").fill("Short enough")
    ada.page.get_by_role("button", name="Post", exact=True).click()
    assert ada.sees("Short enough")


def test_a_content_warning_folds_the_text_until_it_is_opened(people, name):
    ada, visitor = people(), people()
    ada.sign_up(name("ada"))
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("The butler did it")
    ada.page.get_by_text("Content warning, language").click()
    ada.page.get_by_label("Content warning", exact=True).fill("Film ending")
    ada.page.get_by_role("button", name="Post", exact=True).click()
    visitor.open(f"/@{ada.name}")
    assert visitor.sees("Film ending")
    assert not visitor.page.get_by_text("The butler did it").is_visible()
    visitor.page.get_by_text("Film ending").click()
    assert visitor.page.get_by_text("The butler did it").is_visible()


def test_profile_password_and_sessions_in_the_settings(people, name):
    ada, elsewhere = people(), people()
    ada.sign_up(name("ada"))
    elsewhere.log_in(ada.name)
    ada.page.get_by_role("link", name="Settings").click()
    ada.page.get_by_label("Display name").fill("Countess of Lovelace")
    ada.page.get_by_label("About you").fill("Poetical science")
    ada.page.get_by_role("button", name="Save").click()
    assert ada.sees("Your profile is saved.")
    ada.open(f"/@{ada.name}")
    assert ada.sees("Countess of Lovelace")
    assert ada.sees("Poetical science")

    ada.open("/settings/account")
    ada.page.get_by_label("Current password").first.fill(PASSWORD)
    ada.page.get_by_label("New password").fill("another good password")
    ada.page.get_by_role("button", name="Change password").click()
    assert ada.sees("You are logged out everywhere else.")
    elsewhere.open("/settings/sessions")
    assert elsewhere.path.startswith("/login")
    elsewhere.log_in(ada.name, "another good password")
    elsewhere.open("/settings/sessions")
    elsewhere.page.get_by_role("button", name="End the session of").click()
    ada.open("/settings/profile")
    assert ada.path.startswith("/login")


def test_logging_out_leaves_nothing_behind_and_logging_in_leads_on(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.log_out()
    assert ada.sees("You are logged out")
    ada.page.go_back()
    ada.page.reload()
    assert not ada.page.get_by_role("button", name="Log out").is_visible()
    ada.open("/notifications")
    assert ada.path == "/login?next=/notifications"
    ada.page.get_by_label("Username or e-mail address").fill(ada.name)
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("main").get_by_role("button", name="Log in").click()
    assert ada.path == "/notifications"


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_is_wider_than_the_window(people, name, width):
    ada = people(viewport={"width": width, "height": 800}, color_scheme="dark" if width == 768 else "light")
    ada.sign_up(name(f"a{width}"))
    ada.write("Averylongwordwithoutspaces" * 8 + " https://example.org/" + "path/" * 20)
    for path in (
        "/",
        "/public",
        f"/@{ada.name}",
        "/notifications",
        "/compose",
        "/settings/profile",
        "/settings/account",
    ):
        ada.open(path)
        box = ada.page.locator("main").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width, path
        for card in ada.page.locator("main > *").all():
            inner = card.bounding_box()
            assert inner is None or inner["x"] + inner["width"] <= width + 1, path


def test_everything_can_be_reached_by_keyboard(people, name):
    ada = people()
    ada.sign_up(name("ada"))
    ada.open("/public")
    ada.page.keyboard.press("Tab")
    assert ada.page.get_by_role("link", name="Skip to content").is_visible()
    ada.page.keyboard.press("Enter")
    assert ada.path == "/public#main"
