from __future__ import annotations

import base64

import pytest

from .conftest import BACK


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


async def own_token(app, **changes: str):
    values = {"grant_type": "client_credentials", **app.credentials, **changes}
    return await app.http.post("/oauth/token", data={k: v for k, v in values.items() if v})


async def test_an_application_gets_a_token_of_its_own(house) -> None:
    app = await house.registers()
    body = (await own_token(app)).json()
    assert body["scope"] == "read"
    body = (await own_token(app, scope="write:statuses read:accounts")).json()
    assert body["scope"] == "write:statuses read:accounts"
    refused = await own_token(app, scope="write")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


async def test_an_application_without_read_gets_what_it_registered(house) -> None:
    assert (await own_token(await house.registers(scopes="push"))).json()["scope"] == "push"


async def test_clients_prove_themselves_by_basic_too(house) -> None:
    app = await house.registers()
    data = {"grant_type": "client_credentials"}
    http = app.http
    good = await http.post("/oauth/token", data=data, headers=basic(app.client_id, app.secret))
    assert good.status_code == 200
    for headers in (
        basic(app.client_id, "wrong"),
        basic("nobody", app.secret),
        {"authorization": "Basic "},
        {"authorization": "Basic \u00ff"},
        {"authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()},
        {"authorization": "Basic !!!!"},
        {},
    ):
        encoded = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = await http.post("/oauth/token", data=data, headers=encoded)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), headers
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_body_of_json_is_as_good(house) -> None:
    app = await house.registers()
    code = await (await house.person(await house.account())).allows(app.asks())
    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **app.credentials}
    answer = await app.http.post("/oauth/token", json=values)
    assert answer.json()["scope"] == "read write:statuses"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unsupported_grant_type"),
        ({"grant_type": 'x"\\\u2028'}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "nothing"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "\u0000" * 5000}, "invalid_grant"),
    ],
)
async def test_what_is_not_understood_is_refused_in_the_words_of_the_protocol(house, values, error) -> None:
    app = await house.registers()
    answer = await app.http.post("/oauth/token", json={**app.credentials, **values})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"].isascii()
    assert answer.headers["cache-control"] == "no-store"


async def test_an_application_ends_its_own_tokens_alone(house) -> None:
    app, other = await house.registers(), await house.registers(client_name="Mouse")
    code = await (await house.person(await house.account())).allows(app.asks())
    token = (await app.exchanges(code)).json()["access_token"]
    client = await house.with_token(token)
    theirs = await app.http.post("/oauth/revoke", data={**other.credentials, "token": token})
    assert (theirs.status_code, theirs.json()["error"]) == (403, "unauthorized_client")
    nobody = await app.http.post("/oauth/revoke", data={"token": token})
    assert nobody.status_code == 401
    assert (await client.get("/api/v1/apps/verify_credentials")).status_code == 200
    for _ in range(2):
        own = await app.http.post(
            "/oauth/revoke", data={"token": token, "token_type_hint": "whatever", **app.credentials}
        )
        assert (own.status_code, own.json()) == (200, {})
    assert (await client.get("/api/v1/apps/verify_credentials")).status_code == 401
    missing = await app.http.post("/oauth/revoke", data=app.credentials)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")


async def test_introspection_tells_confidential_clients_of_their_own_tokens(house) -> None:
    account = await house.account()
    app, other = await house.registers(), await house.registers(client_name="Mouse")
    public = await house.registers(token_endpoint_auth_method="none")
    code = await (await house.person(account)).allows(app.asks())
    token = (await app.exchanges(code)).json()["access_token"]

    async def asked(credentials, token=token):
        return await app.http.post("/oauth/introspect", data={**credentials, "token": token})

    assert (await asked(app.credentials)).json() == {
        "active": True,
        "scope": "read write:statuses",
        "client_id": app.client_id,
        "token_type": "Bearer",
        "iat": house.clock.now() // 1000,
        "sub": str(account.id),
        "username": "ada",
    }
    assert (await asked(other.credentials)).json() == {"active": False}
    assert (await asked(app.credentials, "unknown")).json() == {"active": False}
    assert (await asked(public.credentials)).status_code == 401
    assert (await asked({})).status_code == 401
    own = (await own_token(app)).json()["access_token"]
    assert "sub" not in (await asked(app.credentials, own)).json()
