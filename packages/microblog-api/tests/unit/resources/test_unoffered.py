"""What this site does not do is said, and nothing pretends to have been done."""

from __future__ import annotations

from typing import Any


async def test_what_is_not_offered_is_refused_with_a_reason(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    for path in ("domain_blocks", f"accounts/{bob.id}/endorse", f"accounts/{bob.id}/pin", "collections"):
        assert (await ada.post(f"/api/v1/{path}", expect=422))["error"], path
    await ada.post("/api/v1/accounts/1/endorse", expect=404)
    assert (await ada.post("/api/v1/emails/confirmations", expect=403))["error"]
    written = await ada.write("Hello")
    assert (await ada.post(f"/api/v1/statuses/{written['id']}/translate", expect=404))["error"]


async def test_taking_back_what_was_never_done_changes_nothing(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    assert await ada.ask("DELETE", "/api/v1/domain_blocks") == {}
    for path in ("unendorse", "unpin"):
        told = await ada.post(f"/api/v1/accounts/{bob.id}/{path}")
        assert (told["id"], told["endorsed"]) == (bob.id, False)


async def test_notifications_are_not_held_back(api: Any) -> None:
    (ada,) = await api.people("ada")
    path = "/api/v2/notifications/policy"
    assert await ada.ask("PATCH", path, json={"for_not_following": "accept"}) == await ada.get(path)
    await ada.ask("PATCH", path, expect=422, json={"for_not_following": "drop"})
    assert (await ada.get(path))["for_not_following"] == "accept"
