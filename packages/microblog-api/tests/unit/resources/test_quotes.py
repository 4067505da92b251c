"""Quotes through the API: who quotes, taking a quote back, and who may quote."""

from __future__ import annotations

from typing import Any


async def test_who_quotes_a_post_is_listed_newest_first(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    quoted = await ada.write("Quote me")
    path = f"/api/v1/statuses/{quoted['id']}/quotes"
    assert await ada.get(path) == []
    first, second = [await bob.write(text, quoted_status_id=quoted["id"]) for text in ("one", "two")]
    assert [each["id"] for each in await ada.get(path)] == [second["id"], first["id"]]
    answer = await bob.http.get(path, params={"limit": 1})
    assert [each["id"] for each in answer.json()] == [second["id"]]
    assert f'max_id={second["id"]}>; rel="next"' in answer.headers["link"]
    await api.anonymous(path, expect=401)
    await ada.get("/api/v1/statuses/1/quotes", expect=404)


async def test_an_author_takes_back_that_they_are_quoted(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    quoted = await ada.write("Quote me")
    quoting = await bob.write("Indeed", quoted_status_id=quoted["id"])
    path = f"/api/v1/statuses/{quoted['id']}/quotes/{quoting['id']}/revoke"
    await bob.post(path, expect=403)
    for _ in range(2):
        revoked = await ada.post(path)
        assert revoked["id"] == quoting["id"]
        assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
    seen = await bob.get(f"/api/v1/statuses/{quoting['id']}")
    assert seen["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await ada.get(f"/api/v1/statuses/{quoted['id']}"))["quotes_count"] == 0
    assert await ada.get(f"/api/v1/statuses/{quoted['id']}/quotes") == []
    other = await ada.write("Something else")
    await ada.post(f"/api/v1/statuses/{other['id']}/quotes/{quoting['id']}/revoke", expect=404)


async def test_who_may_quote_is_shown_and_changed(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await eve.post(f"/api/v1/accounts/{ada.id}/follow")
    written = await ada.write("Quote me", quote_approval_policy="followers")
    path = f"/api/v1/statuses/{written['id']}"

    async def shown() -> list[Any]:
        approvals = [(await who.get(path))["quote_approval"] for who in (ada, bob, eve)]
        return [approvals[0]["automatic"], *(each["current_user"] for each in approvals)]

    assert await shown() == [["followers"], "automatic", "denied", "automatic"]
    change = {"quote_approval_policy": "nobody"}
    changed = await ada.ask("PUT", f"{path}/interaction_policy", json=change)
    assert changed["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}
    assert changed["edited_at"] is None
    assert await shown() == [[], "automatic", "denied", "denied"]
    await eve.post("/api/v1/statuses", expect=422, status="No", quoted_status_id=written["id"])
    await bob.ask("PUT", f"{path}/interaction_policy", expect=403, json=change)
    refused = await ada.ask(
        "PUT", f"{path}/interaction_policy", expect=422, json={"quote_approval_policy": "friends"}
    )
    assert "quote_approval_policy" in refused["details"]
    closed = await ada.write("Not for you", visibility="private")
    assert closed["quote_approval"] == {"automatic": [], "manual": [], "current_user": "denied"}
    anonymous = await api.anonymous(path)
    assert anonymous["quote_approval"]["current_user"] == "denied"


async def test_who_may_reply_is_shown_where_not_everybody_may_and_changed(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await ada.post(f"/api/v1/accounts/{eve.id}/follow")
    everybody = await ada.write("All")
    assert "reply_approval" not in everybody
    written = await ada.write("Some", reply_approval_policy="followed")
    path = f"/api/v1/statuses/{written['id']}"
    told = [(await who.get(path))["reply_approval"]["current_user"] for who in (ada, bob, eve)]
    assert told == ["automatic", "denied", "automatic"]
    assert (await api.anonymous(path))["reply_approval"] == {"policy": "followed", "current_user": "unknown"}
    refused = await bob.post("/api/v1/statuses", expect=403, status="Hm", in_reply_to_id=written["id"])
    assert "whom its author follows" in refused["error"]
    await eve.post("/api/v1/statuses", status="Yes", in_reply_to_id=written["id"])
    change = {"reply_approval_policy": "nobody"}
    changed = await ada.ask("PUT", f"{path}/interaction_policy", json=change)
    assert changed["reply_approval"] == {"policy": "nobody", "current_user": "automatic"}
    assert changed["quote_approval"]["automatic"] == ["public"] and changed["edited_at"] is None
    await bob.ask("PUT", f"{path}/interaction_policy", expect=403, json=change)
    edited = await ada.ask("PUT", path, json={"status": "Some more", "reply_approval_policy": "public"})
    assert "reply_approval" not in edited
    await ada.post("/api/v1/statuses", expect=422, status="x", reply_approval_policy="friends")
