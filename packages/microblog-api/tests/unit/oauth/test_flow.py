"""From a new application to a token that works, as clients and people go the way."""

from __future__ import annotations

import pytest

from .conftest import BACK, CHALLENGE, ORIGIN, PASSWORD, VERIFIER, query_of


@pytest.mark.parametrize("plugins", [("api",), ("api", "web")], ids=["plain", "themed"])
async def test_somebody_logs_in_allows_and_the_application_gets_a_token(open_house, plugins) -> None:
    async with open_house(*plugins) as house:
        await house.account()
        app = await house.registers()
        visitor = await house.visitor()
        page = await visitor.get(app.asks(code_challenge=CHALLENGE, code_challenge_method="S256"))
        assert page.path.startswith("/oauth/login?")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert ("stylesheet" in page.text) is ("web" in plugins)
        answer = await visitor.submit(page.form("name", "password"), name="ada", password=PASSWORD)
        assert answer.status == 303
        page = await visitor.get(answer.location)
        assert page.status == 200
        for shown in ("Elephant", "https://elephant.example", "@ada", "Read everything in your account"):
            assert shown in page.text
        assert "Publish, edit and delete posts" in page.text
        assert "sent to elephant.example" in page.text
        assert page.text.index("Allow") < page.text.index("Deny")
        answer = await visitor.submit(page.form("client_id", "decision"))
        assert answer.status == 303
        assert answer.headers["location"].startswith(f"{BACK}&code=")
        told = query_of(answer)
        assert (told["state"], told["iss"], told["from"]) == ("a state & more", ORIGIN, "here")
        answer = await app.exchanges(told["code"], code_verifier=VERIFIER)
        assert answer.status_code == 200
        body = answer.json()
        assert set(body) == {"access_token", "token_type", "scope", "created_at"}
        assert (body["token_type"], body["scope"]) == ("Bearer", "read write:statuses")
        assert body["created_at"] == house.clock.now() // 1000
        assert answer.headers["cache-control"] == "no-store"
        client = await house.with_token(body["access_token"])
        known = (await client.get("/api/v1/apps/verify_credentials")).json()
        assert known["name"] == "Elephant"


async def test_a_wrong_password_is_told_on_the_form_and_the_way_goes_on(house) -> None:
    await house.account()
    app, visitor = await house.registers(), await house.visitor()
    page = await visitor.get(app.asks())
    page = await visitor.submit(page.form("name", "password"), name="ada", password="wrong")
    assert page.status == 422
    assert "wrong" in page.text
    answer = await visitor.submit(page.form("name", "password"), name="ada", password=PASSWORD)
    assert (await visitor.get(answer.location)).form("client_id").fields["client_id"] == app.client_id


async def test_a_form_that_was_open_too_long_is_shown_again(house) -> None:
    visitor = await house.visitor()
    form = (await visitor.get("/oauth/login")).form("name", "password")
    page = await visitor.post(form.action, {**form.fields, "csrf_token": "stale"})
    assert page.status == 403
    assert page.form("name", "password").fields["csrf_token"] == form.fields["csrf_token"]


async def test_deny_is_told_to_the_application(house) -> None:
    app, person = await house.registers(), await house.person(await house.account())
    page = await person.get(app.asks())
    answer = await person.submit(page.form("client_id"), decision="deny")
    told = query_of(answer)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "a state & more", ORIGIN)
    assert "code" not in told


async def test_force_login_asks_for_the_password_once_more(house) -> None:
    app, person = await house.registers(), await house.person(await house.account())
    page = await person.get(app.asks(force_login="true"))
    assert page.path.startswith("/oauth/login?")
    answer = await person.submit(page.form("name", "password"), name="ada", password=PASSWORD)
    assert (await person.get(answer.location)).form("client_id")


async def test_without_an_address_the_code_is_shown_to_copy(house) -> None:
    app, person = await house.registers(), await house.person(await house.account())
    oob = "urn:ietf:wg:oauth:2.0:oob"
    page = await person.get(app.asks(redirect_uri=oob))
    assert "shown a code" in page.text
    shown = await person.submit(page.form("client_id"))
    assert shown.status == 200
    code = shown.form("code").fields["code"]
    assert (await app.exchanges(code, redirect_uri=oob)).status_code == 200
    page = await person.get(app.asks(redirect_uri=oob))
    denied = await person.submit(page.form("client_id"), decision="deny")
    assert (denied.status, "location" in denied.headers) == (200, False)


async def test_an_address_of_a_scheme_of_its_own_is_kept_letter_by_letter(house) -> None:
    app, person = await house.registers(), await house.person(await house.account())
    page = await person.get(app.asks(redirect_uri="elephant://"))
    assert "app for elephant:" in page.text
    answer = await person.submit(page.form("client_id"))
    assert answer.headers["location"].startswith("elephant://?code=")
    assert (await app.exchanges(query_of(answer)["code"], redirect_uri="elephant://")).status_code == 200


async def test_a_public_client_has_no_secret_and_uses_its_verifier(house) -> None:
    app = await house.registers(token_endpoint_auth_method="none")
    assert "client_secret" not in app.known
    person = await house.person(await house.account())
    code = await person.allows(app.asks(code_challenge=CHALLENGE, code_challenge_method="S256"))
    assert (await app.exchanges(code, code_verifier=VERIFIER)).status_code == 200


async def test_slashes_at_the_end_change_nothing(house) -> None:
    app, person = await house.registers(), await house.person(await house.account())
    page = await person.get(app.asks().replace("/authorize?", "/authorize/?"))
    code = query_of(await person.submit(page.form("client_id")))["code"]
    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **app.credentials}
    assert (await app.http.post("/oauth/token/", data=values)).status_code == 200
    for path in ("/.well-known/oauth-authorization-server/", "/oauth/login/"):
        assert (await app.http.get(path)).status_code == 200


async def test_a_request_too_long_for_the_way_to_the_log_in_page_is_said_to_be(house) -> None:
    app, visitor = await house.registers(), await house.visitor()
    page = await visitor.get(app.asks(state="s" * 2000))
    assert page.status == 422
    assert "too many letters" in page.text
    person = await house.person(await house.account())
    page = await person.get(app.asks(state="s" * 2000))
    assert query_of(await person.submit(page.form("client_id")))["state"] == "s" * 2000
