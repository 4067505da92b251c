"""Push subscriptions through the API: one for each token."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from microblog_api.sealed import seal_token
from microblog_api.vapid import public_key_of
from microblog_core.domain.push import TOKEN_PURPOSE
from microblog_core.services.push import read_push_key

P256DH = base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode().rstrip("=")
AUTH = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")
PATH = "/api/v1/push/subscription"
FORM = {
    "subscription[endpoint]": "https://push.example.org/x",
    "subscription[keys][p256dh]": P256DH,
    "subscription[keys][auth]": AUTH,
    "data[alerts][mention]": "true",
    "data[alerts][follow]": "false",
    "data[alerts][admin.report]": "1",
    "data[policy]": "followed",
}


async def test_an_app_subscribes_changes_and_leaves(api: Any) -> None:
    (ada,) = await api.people("ada")
    await ada.get(PATH, expect=404)
    made = await ada.post(PATH, **FORM)
    assert (made["endpoint"], made["policy"]) == ("https://push.example.org/x", "followed")
    wanted = {name for name, told in made["alerts"].items() if told}
    assert wanted == {"mention", "admin.report"}
    assert made["alerts"]["follow"] is False
    assert await ada.get(PATH) == made
    changed = await ada.ask("PUT", PATH, json={"data": {"alerts": {"follow": True}}})
    assert {name for name, told in changed["alerts"].items() if told} == {"follow"}
    assert changed["policy"] == "followed"
    assert (await ada.ask("PUT", PATH, data={"policy": "none"}))["policy"] == "none"
    assert await ada.ask("DELETE", PATH) == {}
    await ada.get(PATH, expect=404)
    await ada.ask("PUT", PATH, expect=404, data={"policy": "none"})


async def test_a_subscription_belongs_to_one_token(api: Any) -> None:
    (ada,) = await api.people("ada")
    other = await api.app_of(ada.account)
    keys = {"p256dh": P256DH, "auth": AUTH}
    sent = {"subscription": {"endpoint": "https://push.example.org/x", "keys": keys, "standard": True}}
    made = await ada.ask("POST", PATH, json=sent)
    assert made["standard"] is True and not any(made["alerts"].values())
    await other.get(PATH, expect=404)
    await other.ask("DELETE", PATH)
    assert await ada.get(PATH) == made
    await (await api.app_of(ada.account, "read write")).get(PATH, expect=403)


async def test_what_cannot_be_pushed_to_is_refused(api: Any) -> None:
    (ada,) = await api.people("ada")
    assert "p256dh" in (await ada.post(PATH, expect=422))["details"]
    for name, value, field in (
        ("subscription[endpoint]", "http://localhost/x", "endpoint"),
        ("subscription[keys][auth]", "short", "auth"),
        ("data[policy]", "whoever", "data[policy]"),
    ):
        assert field in (await ada.post(PATH, expect=422, **{**FORM, name: value}))["details"]
    await ada.get(PATH, expect=404)


async def test_apps_are_told_of_one_key_everywhere_and_it_stays(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    told = (await ada.post(PATH, **FORM))["server_key"]
    assert "=" not in told
    point = base64.urlsafe_b64decode(told + "=")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    assert (len(point), point[0]) == (65, 4) and (y * y - x**3 + 3 * x - b) % prime == 0
    api.site.ports.cache.clear()
    assert (await bob.post(PATH, **FORM))["server_key"] == told
    assert (await api.anonymous("/api/v2/instance"))["configuration"]["vapid"] == {"public_key": told}
    assert public_key_of(await read_push_key(api.site.ports)) == told


async def test_the_token_is_kept_for_the_app_and_nobody_can_read_it_in_the_database(api: Any) -> None:
    (ada,) = await api.people("ada")
    await ada.post(PATH, **FORM)
    (kept,) = await api.site.ports.storage.push.of(ada.account.id)
    key = api.site.secret(TOKEN_PURPOSE)
    sealed = base64.urlsafe_b64decode(kept.sealed_token + "=" * (-len(kept.sealed_token) % 4))
    token = AESGCM(key).decrypt(sealed[:12], sealed[12:], str(kept.token_id).encode()).decode()
    assert ada.http.headers["authorization"] == f"Bearer {token}" and token not in kept.sealed_token
    assert seal_token(key, token, kept.token_id) != kept.sealed_token
