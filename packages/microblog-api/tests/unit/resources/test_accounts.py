"""Accounts and relations through the API."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


async def test_the_own_account_has_its_source_and_its_role(api: Any) -> None:
    (ada,) = await api.people("ada")
    me = await ada.get("/api/v1/accounts/verify_credentials")
    assert (me["id"], me["acct"], me["source"]["privacy"]) == (ada.id, "ada", "public")
    assert me["role"]["id"] == "-99"
    assert (await ada.get("/api/v1/preferences"))["posting:default:visibility"] == "public"
    await api.anonymous("/api/v1/accounts/verify_credentials", expect=401)


async def test_an_account_has_every_field_that_clients_insist_on(api: Any) -> None:
    (ada,) = await api.people("ada")
    account = await api.anonymous(f"/api/v1/accounts/{ada.id}")
    texts = "id username acct display_name created_at note url uri avatar avatar_static header header_static"
    assert all(isinstance(account[name], str) for name in texts.split())
    assert all(account[name] for name in ("url", "avatar", "avatar_static", "header", "header_static"))
    assert all(isinstance(account[name], bool) for name in ("locked", "bot", "group"))
    assert (account["emojis"], account["fields"]) == ([], [])
    assert (account["followers_count"], account["following_count"], account["statuses_count"]) == (0, 0, 0)


@pytest.mark.parametrize("name", ["ada", "@ada", "ADA", "ada@localhost:8000", "@ada@LOCALHOST:8000"])
async def test_names_are_looked_up_as_people_write_them(api: Any, name: str) -> None:
    (ada,) = await api.people("ada")
    found = await api.anonymous("/api/v1/accounts/lookup", acct=name)
    assert found["id"] == ada.id
    await api.anonymous("/api/v1/accounts/lookup", expect=404, acct=name + "x")


async def test_following_and_back(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    path = f"/api/v1/accounts/{ada.id}"
    relation = await bob.post(path + "/follow")
    assert (relation["id"], relation["following"], relation["showing_reblogs"]) == (ada.id, True, True)
    assert [each["id"] for each in await api.anonymous(path + "/followers")] == [bob.id]
    assert [each["id"] for each in await ada.get(f"/api/v1/accounts/{bob.id}/following")] == [ada.id]
    seen = await ada.get("/api/v1/accounts/relationships", **{"id[]": [bob.id, ada.id, "77"]})
    assert seen[0]["id"] == bob.id
    assert seen[0]["followed_by"] is True
    assert (await bob.post(path + "/unfollow"))["following"] is False
    assert await api.anonymous(path + "/followers") == []


@pytest.mark.parametrize(
    ("verb", "field", "listing"), [("block", "blocking", "blocks"), ("mute", "muting", "mutes")]
)
async def test_blocking_and_muting(api: Any, verb: str, field: str, listing: str) -> None:
    ada, bob = await api.people("ada", "bob")
    path = f"/api/v1/accounts/{bob.id}"
    assert (await ada.post(f"{path}/{verb}"))[field] is True
    assert [each["id"] for each in await ada.get(f"/api/v1/{listing}")] == [bob.id]
    if verb == "block":
        await bob.get(f"/api/v1/accounts/{ada.id}", expect=404)
    assert (await ada.post(f"{path}/un{verb}"))[field] is False
    assert await ada.get(f"/api/v1/{listing}") == []


async def test_oneself_is_neither_followed_nor_blocked(api: Any) -> None:
    (ada,) = await api.people("ada")
    for verb in ("follow", "block", "mute"):
        assert "error" in await ada.post(f"/api/v1/accounts/{ada.id}/{verb}", expect=422)
    await ada.post("/api/v1/accounts/12345/follow", expect=404)


async def test_posts_of_an_account_page_by_link_without_gaps(api: Any) -> None:
    (ada,) = await api.people("ada")
    written = [(await ada.write(f"Number {number}"))["id"] for number in range(7)]
    address, seen = f"/api/v1/accounts/{ada.id}/statuses?limit=3&exclude_replies=1", []
    while address:
        answer = await ada.http.get(address)
        seen += [each["id"] for each in answer.json()]
        found = re.match(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        address = found[1] if found else ""
        if found:
            assert address.startswith("http://localhost:8000/api/v1/accounts/")
            assert parse_qs(urlsplit(address).query)["exclude_replies"] == ["1"]
    assert seen == written[::-1]


async def test_replies_are_left_out_when_asked(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    root = await ada.write("Root")
    answer = await bob.write("Answer", in_reply_to_id=root["id"])
    own = await bob.write("Own")
    path = f"/api/v1/accounts/{bob.id}/statuses"
    assert [each["id"] for each in await ada.get(path)] == [own["id"], answer["id"]]
    assert [each["id"] for each in await ada.get(path, exclude_replies="true")] == [own["id"]]


async def test_posts_of_somebody_are_narrowed(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    his = await bob.write("His")
    tea = (await ada.write("#tea"))["id"]
    answer = (await ada.write("Well", in_reply_to_id=his["id"]))["id"]
    boost = (await ada.post(f"/api/v1/statuses/{his['id']}/reblog"))["id"]

    async def found(**query: str) -> list[str]:
        return [each["id"] for each in await bob.get(f"/api/v1/accounts/{ada.id}/statuses", **query)]

    assert await found() == [boost, answer, tea]
    assert await found(exclude_replies="true", exclude_reblogs="true") == [tea]
    assert await found(tagged="Tea") == [tea]
    assert await found(pinned="true") == await found(only_media="true") == []
