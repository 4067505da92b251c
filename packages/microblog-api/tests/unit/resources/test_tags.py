"""Hashtags and notifications one by one through the API."""

from __future__ import annotations

from typing import Any


async def test_a_followed_tag_comes_into_the_home_timeline(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    status = await ada.write("Some #Tea")
    tag = await bob.post("/api/v1/tags/TEA/follow")
    assert (tag["name"], tag["following"], tag["url"]) == ("tea", True, "http://localhost:8000/tags/tea")
    assert (tag["history"][0]["uses"], tag["history"][0]["accounts"]) == ("1", "1")
    assert [each["id"] for each in await bob.get("/api/v1/timelines/home")] == [status["id"]]
    assert [each["name"] for each in await bob.get("/api/v1/followed_tags")] == ["tea"]
    assert (await bob.post("/api/v1/tags/tea/unfollow"))["following"] is False
    assert await bob.get("/api/v1/timelines/home") == []
    assert "following" not in await api.anonymous("/api/v1/tags/tea")
    await bob.get("/api/v1/tags/no%20tag", expect=404)


async def test_tags_on_a_profile_count_their_posts(api: Any) -> None:
    (ada,) = await api.people("ada")
    await ada.write("Some #tea")
    await ada.write("More #tea and #milk")
    assert [each["name"] for each in await ada.get("/api/v1/featured_tags/suggestions")] == ["tea", "milk"]
    made = await ada.post("/api/v1/featured_tags", name="#Tea")
    shown = await api.anonymous(f"/api/v1/accounts/{ada.id}/featured_tags")
    assert [(each["id"], each["name"], each["statuses_count"]) for each in shown] == [
        (made["id"], "tea", "2")
    ]
    assert len(shown[0]["last_status_at"]) == len("2026-11-22")
    await ada.ask("DELETE", f"/api/v1/featured_tags/{made['id']}")
    await ada.ask("DELETE", f"/api/v1/featured_tags/{made['id']}", expect=404)
    assert await api.anonymous(f"/api/v1/accounts/{ada.id}/featured_tags") == []


async def test_notifications_are_chosen_by_type_and_taken_away(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    status = await ada.write("Hello")
    await bob.post(f"/api/v1/statuses/{status['id']}/favourite")
    await bob.write("Hi @ada")
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    path = "/api/v1/notifications"

    async def types(**query: Any) -> list[str]:
        return [each["type"] for each in await ada.get(path, **query)]

    assert await types(**{"types[]": ["mention", "follow"]}) == ["follow", "mention"]
    assert await types(**{"exclude_types[]": ["mention"]}) == ["follow", "favourite"]
    assert await types(**{"types[]": ["admin.sign_up"]}) == []
    assert await types(account_id=ada.id) == []
    assert (await ada.get(path + "/unread_count"))["count"] == 3
    (liked,) = await ada.get(path, **{"types[]": "favourite"})
    assert (await ada.get(f"{path}/{liked['id']}"))["status"]["id"] == status["id"]
    await bob.get(f"{path}/{liked['id']}", expect=404)
    await ada.post(f"{path}/{liked['id']}/dismiss")
    assert await types() == ["follow", "mention"]
    await ada.post(path + "/clear")
    assert await types() == []


async def test_who_did_the_same_is_one_line(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    status = await ada.write("Hello")
    for person in (bob, eve):
        await person.post(f"/api/v1/statuses/{status['id']}/favourite")
        await person.post(f"/api/v1/accounts/{ada.id}/follow")
    await bob.write("Hi @ada")
    found = await ada.get("/api/v2/notifications")
    lines = [(each["type"], each["notifications_count"]) for each in found["notification_groups"]]
    assert lines == [("mention", 1), ("follow", 2), ("favourite", 2)]
    liked = found["notification_groups"][2]
    assert (liked["sample_account_ids"], liked["status_id"]) == ([eve.id, bob.id], status["id"])
    assert {each["id"] for each in found["accounts"]} == {bob.id, eve.id}
    assert status["id"] in {each["id"] for each in found["statuses"]}
    alone = await ada.get("/api/v2/notifications", **{"grouped_types[]": ["reblog"]})
    assert len(alone["notification_groups"]) == 5
    assert (await ada.get("/api/v2/notifications/unread_count"))["count"] == 5
