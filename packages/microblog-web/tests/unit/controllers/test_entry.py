"""Signing up, logging in, logging out."""

from __future__ import annotations

import pytest

PASSWORD = "correct horse"


async def signed_up(visitor, name="ada"):
    form = (await visitor.get("/signup")).form("username", "email", "password")
    return await visitor.submit(form, username=name, email=f"{name}@example.org", password=PASSWORD)


async def test_who_signs_up_is_logged_in_and_welcomed_once(house):
    visitor = await house.visitor()
    answer = await signed_up(visitor)
    assert (answer.status, answer.location) == (303, "/")
    home = await visitor.get("/")
    assert "Welcome!" in home.text
    assert "@ada" in home.text
    assert "Welcome!" not in (await visitor.get("/")).text


async def test_a_refused_sign_up_keeps_what_was_typed_but_never_the_password(house):
    visitor = await house.visitor()
    form = (await visitor.get("/signup")).form("username", "email", "password")
    answer = await visitor.submit(form, username="no spaces", email="here@example.org", password="short")
    assert answer.status == 422
    assert 'value="no spaces"' in answer.text
    assert 'value="here@example.org"' in answer.text
    assert "short" not in answer.text.replace("short posts", "")
    assert 'aria-describedby="e-username h-username"' in answer.text
    assert "Use at least 8 characters." in answer.text


@pytest.mark.parametrize("name", ["admin", "аdа", "ADMlN", "", "x" * 31])
async def test_names_that_nobody_may_have_are_refused_at_the_field(house, name):
    answer = await signed_up(await house.visitor(), name)
    assert answer.status == 422
    assert 'id="e-username"' in answer.text


async def test_a_name_that_looks_like_a_taken_one_is_refused(house):
    await house.build.account("alice1")
    answer = await signed_up(await house.visitor(), "aliceI")
    assert answer.status == 422
    assert "taken" in answer.text


async def test_logging_in_leads_on_and_logging_out_ends_the_session(house):
    visitor = await house.visitor()
    await signed_up(visitor)
    token = visitor.http.cookies["microblog_session"]
    home = await visitor.get("/")
    out = await visitor.submit(home.form("csrf_token", "return_to"), button="/logout")
    assert out.status == 303
    assert "You are logged out" in (await visitor.get("/")).text
    stranger = await house.visitor()
    stranger.http.cookies.set("microblog_session", token)
    assert (await stranger.get("/compose", follow=False)).status == 303

    asked = await visitor.get("/compose")
    assert asked.path == "/login?next=/compose"
    answer = await visitor.submit(asked.form("name", "password"), name="ada", password=PASSWORD)
    assert (answer.status, answer.location) == (303, "/compose")


async def test_a_wrong_password_keeps_the_name_and_says_no_more_than_needed(house):
    visitor = await house.visitor()
    await signed_up(visitor)
    other = await house.visitor()
    for name in ("ada", "nobody"):
        form = (await other.get("/login")).form("name", "password")
        answer = await other.submit(form, name=name, password="wrong horse")
        assert answer.status == 422
        assert f'value="{name}"' in answer.text
        assert "The name or the password is wrong." in answer.text
        assert "wrong horse" not in answer.text


async def test_guessing_passwords_is_answered_with_429_in_the_sites_look(house):
    visitor = await house.visitor()
    await signed_up(visitor)
    guesser = await house.visitor()
    form = (await guesser.get("/login")).form("name", "password")
    statuses = set()
    for _ in range(12):
        answer = await guesser.submit(form, name="ada", password="wrong horse")
        statuses.add(answer.status)
    assert statuses == {422, 429}
    assert 'class="brand"' in answer.text


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
async def test_logging_in_never_leads_to_another_site(house, target):
    await signed_up(await house.visitor())
    visitor = await house.visitor()
    form = (await visitor.get(f"/login?next={target}")).form("name", "password")
    answer = await visitor.submit(form, name="ada", password=PASSWORD)
    assert answer.location == "/"


async def test_a_sign_up_without_our_token_makes_no_account(house):
    visitor = await house.visitor()
    fields = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    answer = await visitor.post("/signup", fields)
    assert answer.status == 403
    assert 'value="ada"' in answer.text
    assert await house.site.ports.storage.accounts.by_name("ada") is None


async def test_a_site_that_is_closed_says_so_instead_of_a_form(open_house):
    async with open_house(registrations="closed") as house:
        page = await (await house.visitor()).get("/signup")
        assert "Closed at the moment" in page.text
        assert 'name="password"' not in page.text


async def test_who_is_logged_in_needs_no_log_in_page(house):
    _, ada = await house.person("ada")
    assert (await ada.get("/login?next=/settings/account", follow=False)).location == "/settings/account"
    assert (await ada.get("/signup", follow=False)).location == "/"


async def test_shared_forms_and_what_is_wrong_speak_the_language_that_a_browser_asks_for(house):
    visitor = await house.visitor()
    visitor.http.headers["accept-language"] = "de, en;q=0.5"
    asked = await visitor.get("/login")
    assert "Benutzername oder E-Mail-Adresse" in asked.text
    form = (await visitor.get("/signup")).form("username")
    refused = await visitor.submit(form, username="a" * 50, email="x", password="short")
    assert "Verwende höchstens 30 Zeichen." in refused.text
    assert "Gib eine Adresse wie name@example.org an." in refused.text
    missing = await visitor.get("/nothing-here")
    assert "An dieser Adresse ist keine Seite." in missing.text
    drawn = house.site.page_renderer.message("Thank you", "Nothing was allowed", (("Log in", "/login"),))
    assert "<h1>Danke</h1>" in drawn.decode()
    assert '<html lang="de"' in drawn.decode()


async def test_who_is_in_logs_in_once_more_where_a_page_asks_for_it(house):
    visitor = await house.visitor()
    await signed_up(visitor)
    before = visitor.http.cookies["microblog_session"]
    assert (await visitor.get("/login?next=/about")).path == "/about"
    form = (await visitor.get("/login?again=1&next=/about")).form("name", "password")
    answer = await visitor.submit(form, name="ada", password=PASSWORD)
    assert (answer.status, answer.location) == (303, "/about")
    assert visitor.http.cookies["microblog_session"] != before
