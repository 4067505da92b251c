"""Groups of notifications, looked at and dismissed by their keys."""

from __future__ import annotations

from typing import Any

PATH = "/api/v2/notifications"


async def test_a_group_is_read_and_dismissed_by_its_key(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    first, second = await ada.write("one"), await ada.write("two")
    for person in (bob, eve):
        await person.post(f"/api/v1/statuses/{first['id']}/favourite")
        await person.post(f"/api/v1/accounts/{ada.id}/follow")
    await bob.post(f"/api/v1/statuses/{second['id']}/favourite")
    await bob.write("@ada Hello")
    page = await ada.get(PATH)
    groups = {group["group_key"]: group for group in page["notification_groups"]}
    liked, single = f"favourite-{first['id']}", next(key for key in groups if key.startswith("ungrouped-"))
    assert set(groups) == {liked, f"favourite-{second['id']}", "follow", single}
    for key, group in groups.items():
        assert (await ada.get(f"{PATH}/{key}"))["notification_groups"] == [group], key
    assert [each["id"] for each in await ada.get(f"{PATH}/{liked}/accounts")] == [eve.id, bob.id]
    answer = await ada.http.get(f"{PATH}/{liked}/accounts", params={"limit": 1})
    assert 'rel="next"' in answer.headers["link"]
    assert [each["id"] for each in await ada.get(f"{PATH}/{single}/accounts")] == [bob.id]
    await bob.get(f"{PATH}/{single}", expect=404)
    for key in (liked, "follow", single):
        assert await ada.post(f"{PATH}/{key}/dismiss") == {}
        await ada.get(f"{PATH}/{key}", expect=404)
    left = (await ada.get(PATH))["notification_groups"]
    assert [group["group_key"] for group in left] == [f"favourite-{second['id']}"]
    for wrong in ("favourite", "follow-1", "favourite-x", "party-1", "ungrouped-", "mention"):
        await ada.get(f"{PATH}/{wrong}", expect=404)
        await ada.post(f"{PATH}/{wrong}/dismiss", expect=404)
    assert await ada.get("/api/v2_alpha/notifications") == await ada.get(PATH)


async def test_one_is_dismissed_by_its_id_as_older_clients_do(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    (told,) = await ada.get("/api/v1/notifications")
    assert await ada.post("/api/v1/notifications/dismiss", id=told["id"]) == {}
    assert await ada.get("/api/v1/notifications") == []
