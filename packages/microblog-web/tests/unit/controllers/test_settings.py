"""Settings of the own account."""

from __future__ import annotations

import re

from microblog_core.config import PluginsConfig

PASSWORD = "correct horse"


async def signed_up(house, name="ada"):
    visitor = await house.visitor()
    form = (await visitor.get("/signup")).form("username", "email", "password")
    await visitor.submit(form, username=name, email=f"{name}@example.org", password=PASSWORD)
    return visitor


async def logged_in(house, name="ada", password=PASSWORD):
    visitor = await house.visitor()
    form = (await visitor.get("/login")).form("name", "password")
    answer = await visitor.submit(form, name=name, password=password)
    return visitor if answer.status == 303 else None


async def test_a_changed_profile_is_seen_by_everybody_at_once(house):
    ada = await signed_up(house)
    visitor = await house.visitor()
    assert "Poetical" not in (await visitor.get("/@ada")).text
    form = (await ada.get("/settings/profile")).form("display_name", "bio")
    values = {
        "display_name": "Ada <3",
        "bio": "Poetical science",
        "name_0": "Home",
        "value_0": "https://example.org/x",
    }
    assert (await ada.submit(form, **values)).status == 303
    page = await visitor.get("/@ada")
    assert "Ada &lt;3" in page.text
    assert "Poetical science" in page.text
    assert 'href="https://example.org/x"' in page.text
    again = (await ada.get("/settings/profile")).form("display_name", "bio")
    assert again.fields["value_0"] == "https://example.org/x"


async def test_a_profile_that_breaks_a_rule_is_kept_and_explained(house):
    ada = await signed_up(house)
    form = (await ada.get("/settings/profile")).form("display_name", "bio")
    answer = await ada.submit(form, display_name="x" * 61, bio="y" * 501, name_0="n" * 61, value_0="v")
    assert answer.status == 422
    for text in ("x" * 61, "y" * 501, "n" * 61, "Use at most 60 characters"):
        assert text in answer.text


async def test_a_new_password_ends_all_other_sessions(house):
    ada, other = await signed_up(house), await logged_in(house)
    form = (await ada.get("/settings/account")).form("current", "password")
    wrong = await ada.submit(form, current="wrong horse", password="battery staple")
    assert wrong.status == 422
    assert "This is not your current password." in wrong.text
    assert "battery staple" not in wrong.text
    assert (await other.get("/settings/account")).path == "/settings/account"
    assert (await ada.submit(form, current=PASSWORD, password="battery staple")).status == 303
    assert (await other.get("/settings/account")).path.startswith("/login")
    assert (await ada.get("/settings/account")).path == "/settings/account"
    assert await logged_in(house, password=PASSWORD) is None
    assert await logged_in(house, password="battery staple") is not None


async def test_a_new_address_needs_the_password_and_ends_other_sessions(house):
    ada, other = await signed_up(house), await logged_in(house)
    form = (await ada.get("/settings/account")).form("email", "current_for_email")
    wrong = await ada.submit(form, email="new@example.org", current_for_email="wrong horse")
    assert wrong.status == 422
    assert 'id="e-current_for_email"' in wrong.text
    assert 'value="new@example.org"' in wrong.text
    assert (await ada.submit(form, email="new@example.org", current_for_email=PASSWORD)).status == 303
    assert (await other.get("/settings/account")).path.startswith("/login")
    assert await logged_in(house, name="new@example.org") is not None


async def test_an_address_that_is_taken_is_refused_at_its_field(house):
    ada = await signed_up(house)
    await house.build.account("bob")
    form = (await ada.get("/settings/account")).form("email", "current_for_email")
    answer = await ada.submit(form, email="BOB@example.org", current_for_email=PASSWORD)
    assert answer.status == 422
    assert 'id="e-email"' in answer.text


async def test_sessions_are_listed_and_can_be_ended_one_by_one(house):
    ada, other = await signed_up(house), await logged_in(house)
    page = await ada.get("/settings/sessions")
    assert page.text.count("This browser") == 1
    form = page.form("csrf_token", "session")
    assert (await ada.submit(form)).status == 303
    assert (await other.get("/settings/account")).path.startswith("/login")
    assert (await ada.submit(form)).status == 404


async def test_the_chosen_level_is_where_new_posts_begin(house):
    ada = await signed_up(house)
    form = (await ada.get("/settings/preferences")).form("default_visibility")
    assert (await ada.submit(form, default_visibility="followers")).status == 303
    for path in ("/", "/compose"):
        assert (await ada.get(path)).form("text").fields["visibility"] == "followers"
    assert (await ada.submit(form, default_visibility="nobody")).status == 422


async def test_settings_are_for_people_who_are_logged_in(house):
    visitor = await house.visitor()
    for tab in ("profile", "account", "sessions"):
        assert (
            await visitor.get(f"/settings/{tab}", follow=False)
        ).location == f"/login?next=/settings/{tab}"


async def test_applications_are_among_the_settings_where_there_is_an_api(house, open_house):
    _, ada = await house.person("ada")
    page = await ada.get("/settings/profile")
    assert "/oauth/authorized_applications" not in page.text
    current = set(re.findall(r'href="/settings/(\w+)" aria-current="page"', page.text))
    assert current == {"profile"}
    async with open_house(plugins=PluginsConfig(only=("web", "api"))) as with_api:
        _, ada = await with_api.person("ada")
        assert (
            'href="/oauth/authorized_applications">Applications' in (await ada.get("/settings/account")).text
        )


async def test_a_newcomer_is_written_to_in_the_browsers_language_and_may_choose_another(house):
    visitor = await house.visitor()
    visitor.http.headers["accept-language"] = "de-CH, en;q=0.5"
    form = (await visitor.get("/signup")).form("username", "email", "password")
    await visitor.submit(form, username="ada", email="ada@example.org", password=PASSWORD)
    found = await house.site.storage.accounts.login("ada")
    assert found[1].locale == "de"
    assert '<html lang="de" ' in (await visitor.get("/settings/profile")).text
