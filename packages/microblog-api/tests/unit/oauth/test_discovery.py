from __future__ import annotations

from .conftest import ORIGIN


async def test_the_metadata_says_what_there_is_at_the_public_address(open_house) -> None:
    async with open_house(base_url="https://ada.example") as house:
        http = await house.client()
        found = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == "https://ada.example"
    for name in ("authorization", "token", "revocation", "introspection", "userinfo", "app_registration"):
        assert found[f"{name}_endpoint"].startswith("https://ada.example/")
    assert found["grant_types_supported"] == ["authorization_code", "client_credentials"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert {"read", "write:statuses", "follow", "push", "profile"} <= set(found["scopes_supported"])
    assert not [scope for scope in found["scopes_supported"] if scope.startswith("admin")]


async def test_every_address_of_the_metadata_is_served(house) -> None:
    http = await house.client()
    found = (await http.get("/.well-known/oauth-authorization-server")).json()
    for name, address in found.items():
        if name.endswith("_endpoint"):
            path = address.removeprefix(ORIGIN)
            statuses = {(await http.get(path)).status_code, (await http.post(path)).status_code}
            assert statuses - {404}, name


async def test_userinfo_tells_whose_token_it_is(house) -> None:
    account = await house.account()
    client = await house.with_token(await house.token(account, scope="profile"))
    found = (await client.get("/oauth/userinfo")).json()
    assert found == {
        "iss": ORIGIN,
        "sub": f"{ORIGIN}/@ada",
        "name": "ada",
        "preferred_username": "ada",
        "profile": f"{ORIGIN}/@ada",
    }
    client = await house.with_token(await house.token(account, scope="read"))
    assert (await client.get("/oauth/userinfo")).status_code == 403
