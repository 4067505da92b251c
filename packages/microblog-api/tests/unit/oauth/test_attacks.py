"""What attackers try on an authorization server, each with what stops it (RFC 6819, RFC 9700)."""

from __future__ import annotations

import asyncio
import hmac

import pytest

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.services import accounts, applications, profiles
from microblog_core.services.accounts import SetState

from .conftest import BACK, CHALLENGE, PASSWORD, VERIFIER, query_of

WITH_PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
async def account(house):
    return await house.account()


@pytest.fixture
async def person(house, account):
    return await house.person(account)


@pytest.fixture
async def app(house):
    return await house.registers()


async def works(house, token: str) -> bool:
    client = await house.with_token(token)
    return (await client.get("/api/v1/apps/verify_credentials")).status_code == 200


def refused(answer, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "access_token" not in answer.json()


# Codes


async def test_a_replayed_code_gives_nothing_and_ends_what_it_gave(house, app, person) -> None:
    code = await person.allows(app.asks())
    token = (await app.exchanges(code)).json()["access_token"]
    other = (await app.exchanges(await person.allows(app.asks()))).json()["access_token"]
    assert await works(house, token)
    refused(await app.exchanges(code), "invalid_grant")
    assert not await works(house, token)
    assert await works(house, other)


async def test_a_replay_is_noticed_after_the_code_would_have_expired(house, app, person) -> None:
    code = await person.allows(app.asks())
    token = (await app.exchanges(code)).json()["access_token"]
    house.clock.advance(3600)
    await person.allows(app.asks())
    refused(await app.exchanges(code), "invalid_grant")
    assert not await works(house, token)


async def test_of_fifty_at_once_at_most_one_gets_a_token(house, app, person) -> None:
    code = await person.allows(app.asks())
    answers = await asyncio.gather(*[app.exchanges(code) for _ in range(50)])
    given = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    assert len(given) == 1
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, "invalid_grant")


async def test_a_code_is_good_for_ten_minutes(house, app, person) -> None:
    code = await person.allows(app.asks())
    house.clock.advance(600)
    refused(await app.exchanges(code), "invalid_grant")
    code = await person.allows(app.asks())
    house.clock.advance(599)
    assert (await app.exchanges(code)).status_code == 200


async def test_a_code_of_another_client_gives_nothing_and_stays_good(house, app, person) -> None:
    thief = await house.registers(client_name="Thief")
    code = await person.allows(app.asks())
    refused(await thief.exchanges(code), "invalid_grant")
    assert (await app.exchanges(code)).status_code == 200
    refused(await thief.exchanges(code), "invalid_grant")


async def test_a_stolen_code_without_the_secret_gives_nothing(app, person) -> None:
    code = await person.allows(app.asks())
    for changes in ({"client_secret": ""}, {"client_secret": "guess"}, {"client_id": "nobody"}):
        refused(await app.exchanges(code, **changes), "invalid_client", 401)
    assert (await app.exchanges(code)).status_code == 200


# PKCE


async def test_a_wrong_or_missing_verifier_gives_nothing(app, person) -> None:
    code = await person.allows(app.asks(**WITH_PKCE))
    refused(await app.exchanges(code, code_verifier="x" * 43), "invalid_grant")
    refused(await app.exchanges(code, code_verifier=CHALLENGE), "invalid_grant")
    refused(await app.exchanges(code), "invalid_request")
    assert (await app.exchanges(code, code_verifier=VERIFIER)).status_code == 200


async def test_a_verifier_without_a_challenge_is_a_downgrade(app, person) -> None:
    code = await person.allows(app.asks())
    refused(await app.exchanges(code, code_verifier=VERIFIER), "invalid_request")


@pytest.mark.parametrize("method", ["plain", "", "s256", "S512"])
async def test_challenges_that_are_not_s256_are_refused(app, person, method) -> None:
    answer = await person.get(app.asks(code_challenge=CHALLENGE, code_challenge_method=method), follow=False)
    assert query_of(answer)["error"] == "invalid_request"


async def test_public_clients_can_not_do_without_a_challenge(house, person) -> None:
    public = await house.registers(token_endpoint_auth_method="none")
    answer = await person.get(public.asks(), follow=False)
    assert query_of(answer)["error"] == "invalid_request"
    code = await person.allows(public.asks(**WITH_PKCE))
    refused(await public.exchanges(code), "invalid_request")
    refused(
        await public.http.post(
            "/oauth/token", data={"grant_type": "client_credentials", **public.credentials}
        ),
        "unauthorized_client",
    )


# Redirects


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        BACK + "/",
        BACK + "&more=1",
        BACK.upper(),
        BACK.replace("https", "http"),
        "https://elephant.example/back",
        "https://elephant.example.evil.example/back?from=here",
        "https://elephant.example@evil.example/back?from=here",
        "elephant://evil",
        "javascript:alert(1)",
        "//evil.example",
        'https://evil.example/"><script>',
        "",
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(app, person, address) -> None:
    for changes in ({}, {"response_type": "token"}, {"scope": "everything"}):
        page = await person.get(app.asks(redirect_uri=address, **changes), follow=False)
        assert page.status == 400
        assert "location" not in page.headers
        assert "<script>" not in page.text
    form = (await person.get(app.asks())).form("client_id")
    answer = await person.post(form.action, {**form.fields, "redirect_uri": address})
    assert (answer.status, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("client_id", ["", "nobody", "x" * 5000, "ä"])
async def test_an_unknown_client_is_answered_by_a_page(app, person, client_id) -> None:
    page = await person.get(app.asks(client_id=client_id), follow=False)
    assert (page.status, "location" in page.headers) == (400, False)
    assert page.headers["content-type"].startswith("text/html")


async def test_repeated_parameters_are_refused(app, person) -> None:
    for repeated in (f"&redirect_uri={BACK}", f"&client_id={app.client_id}"):
        page = await person.get(app.asks() + repeated, follow=False)
        assert (page.status, "location" in page.headers) == (400, False)
    for repeated in ("&scope=write", "&state=other", "&response_type=code"):
        answer = await person.get(app.asks() + repeated, follow=False)
        assert query_of(answer)["error"] == "invalid_request"


async def test_the_address_at_the_token_endpoint_must_be_the_one_of_the_request(app, person) -> None:
    code = await person.allows(app.asks())
    for address in ("elephant://", "https://evil.example/", ""):
        refused(await app.exchanges(code, redirect_uri=address), "invalid_grant")
    assert (await app.exchanges(code)).status_code == 200


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_logging_in_leads_to_no_other_site(house, account, address) -> None:
    visitor = await house.visitor()
    page = await visitor.get(f"/oauth/login?next={address}")
    form = page.form("name", "password")
    answer = await visitor.post(
        form.action, {**form.fields, "name": "ada", "password": PASSWORD, "next": address}
    )
    assert (answer.status, answer.headers["location"]) == (303, "/oauth/authorized_applications")


# Scopes


@pytest.mark.parametrize("scope", ["write", "read write", "push", "admin:read", "read everything", 'r"\\'])
async def test_nobody_is_asked_for_more_than_was_registered(app, person, scope) -> None:
    answer = await person.get(app.asks(scope=scope), follow=False)
    assert answer.headers["location"].startswith(BACK)
    assert query_of(answer)["error"] == "invalid_scope"


async def test_the_consent_form_can_not_be_made_to_allow_more(app, person) -> None:
    form = (await person.get(app.asks(scope="read:accounts"))).form("client_id")
    answer = await person.post(form.action, {**form.fields, "scope": "write"})
    assert query_of(answer)["error"] == "invalid_scope"


async def test_the_token_endpoint_gives_no_more_than_was_allowed(app, person) -> None:
    code = await person.allows(app.asks(scope="read:accounts"))
    for scope in ("read", "write:statuses", "read:accounts read:statuses"):
        refused(await app.exchanges(code, scope=scope), "invalid_scope")
    assert (await app.exchanges(code, scope="read:accounts")).json()["scope"] == "read:accounts"


async def test_a_token_can_not_allow_itself_more(house, app, account) -> None:
    token = await house.token(account, scope="read:accounts")
    client = await house.with_token(token)
    answer = await client.get(app.asks(scope="write:statuses"))
    assert answer.headers["location"].startswith("/oauth/login?")
    answer = await client.post("/oauth/authorize", data={"client_id": app.client_id})
    assert answer.status_code == 403


# Accounts that change


@pytest.mark.parametrize("state", [AccountState.DISABLED, AccountState.SUSPENDED, AccountState.DELETED])
async def test_who_may_not_log_in_has_no_token_and_gets_none_back(house, app, account, person, state) -> None:
    token = (await app.exchanges(await person.allows(app.asks()))).json()["access_token"]
    pending = await person.allows(app.asks())
    ports = house.site.ports
    assert await works(house, token)
    await accounts.set_account_state(ports, SYSTEM, SetState(account_id=account.id, state=state))
    assert not await works(house, token)
    refused(await app.exchanges(pending), "invalid_grant")
    if state is AccountState.DELETED:
        return
    active = SetState(account_id=account.id, state=AccountState.ACTIVE)
    await accounts.set_account_state(ports, SYSTEM, active)
    assert not await works(house, token)


@pytest.mark.parametrize("what", ["password", "email", "operator"])
async def test_a_new_password_or_address_ends_all_tokens_and_codes(house, app, account, person, what) -> None:
    token = (await app.exchanges(await person.allows(app.asks()))).json()["access_token"]
    pending = await person.allows(app.asks())
    assert await works(house, token)
    ports, actor = house.site.ports, Actor(account=account)
    if what == "password":
        change = profiles.ChangePassword(current=PASSWORD, new="another good one")
        await profiles.change_password(ports, actor, change)
    elif what == "email":
        await profiles.change_email(
            ports, actor, profiles.ChangeEmail(password=PASSWORD, email="new@example.org")
        )
    else:
        command = accounts.SetPassword(account_id=account.id, password="another good one")
        await accounts.set_password(ports, SYSTEM, command)
    assert not await works(house, token)
    refused(await app.exchanges(pending), "invalid_grant")


# Pages


async def test_no_page_can_be_framed_and_the_consent_page_leads_to_any_app(app, person) -> None:
    consent = await person.get(app.asks())
    visitor_pages = ["/oauth/login", "/oauth/authorized_applications", app.asks(client_id="nobody")]
    pages = [consent, *[await person.get(path) for path in visitor_pages]]
    for page in pages:
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert ("form-action" in page.headers["content-security-policy"]) is (page is not consent)


async def test_consent_can_not_be_forged(house, app, person) -> None:
    form = (await person.get(app.asks())).form("client_id")
    other = await house.person(await house.account("eve"))
    stolen = (await other.get(app.asks())).form("client_id").fields["csrf_token"]
    for fields, origin in (
        ({**form.fields, "csrf_token": ""}, "http://localhost:8000"),
        ({**form.fields, "csrf_token": stolen}, "http://localhost:8000"),
        (form.fields, "https://evil.example"),
    ):
        answer = await person.post(form.action, dict(fields), origin=origin)
        assert (answer.status, "location" in answer.headers) == (403, False)
    visitor = await house.visitor()
    anonymous = (await visitor.get("/oauth/login")).form("csrf_token").fields["csrf_token"]
    answer = await visitor.post(form.action, {**form.fields, "csrf_token": anonymous})
    assert answer.location.startswith("/oauth/login?")


async def test_nothing_of_an_application_becomes_markup(house, person) -> None:
    app = await house.registers(client_name='<script>alert(1)</script>"')
    page = await person.get(app.asks(state='"><script>'))
    assert "<script>" not in page.text


# Tokens and secrets


async def test_a_session_cookie_speaks_for_nobody_on_the_api(person) -> None:
    answer = await person.http.get("/api/v1/apps/verify_credentials")
    assert answer.status_code == 401


async def test_secrets_are_compared_in_constant_time(app, monkeypatch) -> None:
    compared = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(applications, "hmac", type("hmac", (), {"compare_digest": staticmethod(compare)}))
    for secret in ("wrong", app.secret[:-1], app.secret):
        await app.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "client_id": app.client_id, "client_secret": secret},
        )
    assert len(compared) == 3
    assert all(len(one) == len(other) == 64 for one, other in compared)


async def test_nothing_secret_is_stored_as_it_is(house, app, person) -> None:
    code = await person.allows(app.asks())
    token = (await app.exchanges(code)).json()["access_token"]
    tables = house.site.ports.storage._tables
    stored = repr([table.rows for table in (tables.applications, tables.codes, tables.tokens)])
    for secret in (app.secret, code, token):
        assert secret not in stored
