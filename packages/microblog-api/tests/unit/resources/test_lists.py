"""Lists through the API: theirs alone, of people whom one follows."""

from __future__ import annotations

from typing import Any


async def test_a_list_gathers_people_and_shows_what_they_write(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    for person in (bob, eve):
        await ada.post(f"/api/v1/accounts/{person.id}/follow")
    made = await ada.post("/api/v1/lists", title="Tea", replies_policy="followed", exclusive="true")
    assert made == {"id": made["id"], "title": "Tea", "replies_policy": "followed", "exclusive": True}
    path = f"/api/v1/lists/{made['id']}"
    for person in (bob, eve):
        assert await ada.post(f"{path}/accounts", **{"account_ids[]": person.id}) == {}
    newest = await ada.http.get(f"{path}/accounts", params={"limit": "1"})
    assert [each["id"] for each in newest.json()] == [eve.id]
    older = await ada.ask("GET", newest.links["next"]["url"])
    assert [each["id"] for each in older] == [bob.id]
    assert len(await ada.get(f"{path}/accounts", limit="0")) == 2
    assert await ada.get(f"/api/v1/accounts/{bob.id}/lists") == [made]
    hers, _, his = await eve.write("Hers"), await ada.write("Not on it"), await bob.write("His")
    shown = await ada.get(f"/api/v1/timelines/list/{made['id']}")
    assert [each["id"] for each in shown] == [his["id"], hers["id"]]
    assert await ada.ask("DELETE", f"{path}/accounts", data={"account_ids[]": bob.id}) == {}
    assert await ada.get(f"/api/v1/accounts/{bob.id}/lists") == []
    changed = await ada.ask("PUT", path, json={"title": "Coffee"})
    assert changed == {**made, "title": "Coffee"}
    assert await ada.get("/api/v1/lists") == [changed] and await ada.get(path) == changed
    assert await ada.ask("DELETE", path) == {}
    await ada.get(path, expect=404)
    assert await ada.get("/api/v1/lists") == []


async def test_nobody_else_finds_a_list(api: Any) -> None:
    ada, eve = await api.people("ada", "eve")
    await eve.post(f"/api/v1/accounts/{ada.id}/follow")
    made = await ada.post("/api/v1/lists", title="Tea")
    path = f"/api/v1/lists/{made['id']}"
    for of_list in (path, f"{path}/accounts", f"/api/v1/timelines/list/{made['id']}"):
        await eve.get(of_list, expect=404)
        await api.anonymous(of_list, expect=401)
    await eve.ask("PUT", path, expect=404, data={"title": "Mine"})
    await eve.post(f"{path}/accounts", expect=404, **{"account_ids[]": ada.id})
    await eve.ask("DELETE", f"{path}/accounts", expect=404, data={"account_ids[]": ada.id})
    await eve.ask("DELETE", path, expect=404)
    assert (await ada.get(path))["title"] == "Tea"
    reader = await api.app_of(ada.account, "read:lists")
    await reader.get(path)
    await reader.post("/api/v1/lists", expect=403, title="More")


async def test_what_a_list_cannot_be_is_said_field_by_field(api: Any) -> None:
    ada, eve = await api.people("ada", "eve")
    assert "title" in (await ada.post("/api/v1/lists", expect=422))["details"]
    policy = await ada.post("/api/v1/lists", expect=422, title="Tea", replies_policy="some")
    assert "replies_policy" in policy["details"]
    path = f"/api/v1/lists/{(await ada.post('/api/v1/lists', title='Tea'))['id']}"
    assert "title" in (await ada.ask("PUT", path, expect=422, data={"title": " "}))["details"]
    assert "account_ids" in (await ada.post(f"{path}/accounts", expect=422))["details"]
    await ada.post(f"{path}/accounts", expect=404, **{"account_ids[]": eve.id})
    assert await ada.get(f"{path}/accounts") == []
