"""Bookmarks, favourites, pins, muted threads and markers through the API."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(("verb", "listing"), [("bookmark", "bookmarks"), ("favourite", "favourites")])
async def test_what_was_marked_is_listed_newest_mark_first(api: Any, verb: str, listing: str) -> None:
    ada, bob = await api.people("ada", "bob")
    first, second = await ada.write("First"), await ada.write("Second")
    for status in (second, first):
        await bob.post(f"/api/v1/statuses/{status['id']}/{verb}")
    assert [each["id"] for each in await bob.get(f"/api/v1/{listing}")] == [first["id"], second["id"]]
    answer = await bob.http.get(f"/api/v1/{listing}", params={"limit": 1})
    following = answer.headers["link"].split(">")[0][1:]
    assert [each["id"] for each in (await bob.http.get(following)).json()] == [second["id"]]
    assert await ada.get(f"/api/v1/{listing}") == []
    await bob.post(f"/api/v1/statuses/{first['id']}/un{verb}")
    assert [each["id"] for each in await bob.get(f"/api/v1/{listing}")] == [second["id"]]


async def test_pinned_posts_are_asked_for_apart(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    first = await ada.write("First")
    await ada.write("Second")
    await ada.post(f"/api/v1/statuses/{first['id']}/pin")
    path = f"/api/v1/accounts/{ada.id}/statuses"
    assert [each["id"] for each in await bob.get(path, pinned="true")] == [first["id"]]
    await bob.post(f"/api/v1/statuses/{first['id']}/pin", expect=422)
    await ada.post(f"/api/v1/statuses/{first['id']}/unpin")
    assert await bob.get(path, pinned="1") == []


async def test_a_muted_thread_tells_nothing_more(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    root = await ada.write("Root")
    await ada.post(f"/api/v1/statuses/{root['id']}/mute")
    await bob.write("@ada Answer", in_reply_to_id=root["id"])
    assert await ada.get("/api/v1/notifications") == []
    await ada.post(f"/api/v1/statuses/{root['id']}/unmute")
    assert len(await ada.get("/api/v1/notifications")) == 1


async def test_markers_move_apart_and_count_their_versions(api: Any) -> None:
    (ada,) = await api.people("ada")
    assert await ada.get("/api/v1/markers", **{"timeline[]": ["home", "notifications"]}) == {}
    one = await ada.post("/api/v1/markers", **{"home[last_read_id]": "103"})
    assert (one["home"]["last_read_id"], one["home"]["version"]) == ("103", 1)
    await ada.ask("POST", "/api/v1/markers", json={"notifications": {"last_read_id": "7"}})
    both = await ada.get("/api/v1/markers", **{"timeline[]": ["home", "notifications"]})
    assert {name: each["last_read_id"] for name, each in both.items()} == {
        "home": "103",
        "notifications": "7",
    }
    assert set(await ada.get("/api/v1/markers", **{"timeline[]": "home"})) == {"home"}
    await ada.post("/api/v1/markers", expect=422, **{"home[last_read_id]": "soon"})
