from __future__ import annotations

from types import SimpleNamespace

import pytest

from microblog_api.contributions import ApiScope
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl

from .conftest import BACK

GOOD = {"client_name": "Elephant", "redirect_uris": BACK, "scopes": "read write"}


@pytest.mark.parametrize("how", ["form", "query", "json", "json list", "multipart", "brackets"])
async def test_an_application_registers_in_whatever_form_it_speaks(house, how) -> None:
    http = await house.client()
    sent = {
        "form": {"data": GOOD},
        "query": {"params": GOOD},
        "json": {"json": GOOD},
        "json list": {"json": {**GOOD, "redirect_uris": [BACK], "scopes": "read write"}},
        "multipart": {"files": {name: (None, value) for name, value in GOOD.items()}},
        "brackets": {"data": {"client_name": "Elephant", "redirect_uris[]": BACK, "scopes": "read write"}},
    }[how]
    answer = await http.post("/api/v1/apps", **sent)
    assert answer.status_code == 200
    body = answer.json()
    assert {name: body[name] for name in ("name", "website", "scopes", "redirect_uri", "redirect_uris")} == {
        "name": "Elephant",
        "website": None,
        "scopes": ["read", "write"],
        "redirect_uri": BACK,
        "redirect_uris": [BACK],
    }
    assert body["id"].isdigit()
    assert body["client_secret_expires_at"] == 0
    assert len(body["client_id"]) == len(body["client_secret"]) == 43


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_name": ""}, "client_name"),
        ({"client_name": "x" * 61}, "client_name"),
        ({"redirect_uris": ""}, "redirect_uris"),
        ({"redirect_uris": "javascript:alert(1)"}, "redirect_uris"),
        ({"redirect_uris": {"a": 1}}, "redirect_uris"),
        ({"scopes": "read admin:read"}, "scopes"),
        ({"scopes": "read everything"}, "scopes"),
        ({"website": "javascript:alert(1)"}, "website"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(house, changes, field) -> None:
    http = await house.client()
    answer = await http.post("/api/v1/apps", json={**GOOD, **changes})
    assert answer.status_code == 422
    assert set(answer.json()["details"]) == {field}


@pytest.mark.parametrize("body", [b"[]", b"{", b'"text"', b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(house, body) -> None:
    http = await house.client()
    answer = await http.post("/api/v1/apps", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_without_scopes_an_application_may_read(house) -> None:
    assert (await house.registers(scopes="")).known["scopes"] == ["read"]


async def test_verify_credentials_answers_for_both_kinds_of_tokens(house) -> None:
    app = await house.registers()
    answer = await app.http.post("/oauth/token", data={"grant_type": "client_credentials", **app.credentials})
    for token in (answer.json()["access_token"], await house.token(await house.account())):
        client = await house.with_token(token)
        answer = await client.get("/api/v1/apps/verify_credentials")
        assert answer.json()["name"] == "Elephant"
        assert "client_secret" not in answer.json()
    assert (await app.http.get("/api/v1/apps/verify_credentials")).status_code == 401


def face(plugin: str, scope: str) -> SimpleNamespace:
    scopes = [ApiScope(name=scope, description="See the weather")]
    return SimpleNamespace(PLUGIN=Manifest(name=plugin), register_scopes=hookimpl(lambda: scopes))


async def test_plugins_add_scopes_of_their_own_name(open_house) -> None:
    offers = {"weather": "weather:read", "thief": "write:all", "read": "read:secrets"}
    faces = {plugin: face(plugin, scope) for plugin, scope in offers.items()}
    async with open_house(faces=faces) as house:
        app = await house.registers(scopes="read weather:read")
        person = await house.person(await house.account())
        page = await person.get(app.asks(scope="weather:read"))
        assert "See the weather" in page.text
        for name in ("write:all", "read:secrets"):
            answer = await app.http.post("/api/v1/apps", data={**GOOD, "scopes": name})
            assert answer.status_code == 422
        metadata = (await app.http.get("/.well-known/oauth-authorization-server")).json()
        assert "weather:read" in metadata["scopes_supported"]
