"""Suggestions through the API."""

from __future__ import annotations

from typing import Any


async def test_those_whom_friends_follow_are_suggested_until_dismissed(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await ada.post(f"/api/v1/accounts/{bob.id}/follow")
    await bob.post(f"/api/v1/accounts/{eve.id}/follow")
    (found,) = await ada.get("/api/v2/suggestions")
    assert (found["account"]["id"], found["sources"]) == (eve.id, ["friends_of_friends"])
    assert found["source"] == "past_interactions"
    assert [each["id"] for each in await ada.get("/api/v1/suggestions", limit="1")] == [eve.id]
    assert await ada.ask("DELETE", f"/api/v1/suggestions/{eve.id}") == {}
    assert await ada.get("/api/v2/suggestions") == await ada.get("/api/v1/suggestions") == []
    await ada.ask("DELETE", "/api/v1/suggestions/1", expect=404)
    await api.anonymous("/api/v2/suggestions", expect=401)


async def test_whoever_blocks_somebody_is_not_suggested_to_them(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await ada.post(f"/api/v1/accounts/{bob.id}/follow")
    await bob.post(f"/api/v1/accounts/{eve.id}/follow")
    await eve.post(f"/api/v1/accounts/{ada.id}/block")
    assert await ada.get("/api/v2/suggestions") == []
