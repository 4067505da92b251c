"""Locked accounts, options of follows and mutes, notes, and who is found."""

from __future__ import annotations

from typing import Any

from microblog_core.domain.permissions import Actor
from microblog_core.services.profiles import EditProfile, update_profile


async def lock(api: Any, person: Any) -> None:
    await update_profile(api.site.ports, Actor(account=person.account), EditProfile(locked=True))


async def test_who_has_a_locked_account_is_asked_first(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await lock(api, ada)
    path = f"/api/v1/accounts/{ada.id}/follow"
    for person in (bob, eve):
        assert (await person.post(path))["following"] is False
    asking = await ada.get("/api/v1/follow_requests")
    assert [each["id"] for each in asking] == [eve.id, bob.id]
    assert [each["type"] for each in await ada.get("/api/v1/notifications")] == ["follow_request"] * 2
    accepted = await ada.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    assert (accepted["id"], accepted["followed_by"]) == (bob.id, True)
    assert (await ada.post(f"/api/v1/follow_requests/{eve.id}/reject"))["followed_by"] is False
    assert await ada.get("/api/v1/follow_requests") == []
    followers = await ada.get(f"/api/v1/accounts/{ada.id}/followers")
    assert [each["id"] for each in followers] == [bob.id]
    assert (await ada.post(f"/api/v1/accounts/{bob.id}/remove_from_followers"))["followed_by"] is False
    await ada.post("/api/v1/follow_requests/12345/authorize", expect=404)


async def test_boosts_of_somebody_may_be_left_out(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await bob.post(f"/api/v1/accounts/{ada.id}/follow", reblogs="false")
    status = await eve.write("Boosted")
    await ada.post(f"/api/v1/statuses/{status['id']}/reblog")
    own = await ada.write("Own")
    assert [each["id"] for each in await bob.get("/api/v1/timelines/home")] == [own["id"]]


async def test_a_mute_may_leave_notifications(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    await ada.post(f"/api/v1/accounts/{bob.id}/mute", notifications="false", duration="3600")
    await bob.write("Hello @ada")
    assert len(await ada.get("/api/v1/notifications")) == 1
    await ada.post(f"/api/v1/accounts/{bob.id}/mute", notifications="true")
    assert await ada.get("/api/v1/notifications") == []
    refused = await ada.post(f"/api/v1/accounts/{bob.id}/mute", expect=422, duration="-5")
    assert "duration" in refused["details"]


async def test_people_are_found_by_the_beginning_of_their_names(api: Any) -> None:
    ada, adam, bob = await api.people("ada", "adam", "bob")
    found = await bob.get("/api/v1/accounts/search", q="@ada")
    assert [each["id"] for each in found] == [ada.id, adam.id]
    assert [each["id"] for each in await bob.get("/api/v1/accounts/search", q="ada", limit=1)] == [ada.id]
    await bob.post(f"/api/v1/accounts/{adam.id}/follow")
    followed = await bob.get("/api/v1/accounts/search", q="ada", following="true")
    assert [each["id"] for each in followed] == [adam.id]


async def test_familiar_followers_are_those_whom_one_follows(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await bob.post(f"/api/v1/accounts/{eve.id}/follow")
    await eve.post(f"/api/v1/accounts/{ada.id}/follow")
    found = await bob.get("/api/v1/accounts/familiar_followers", **{"id[]": [ada.id]})
    assert [(each["id"], [one["id"] for one in each["accounts"]]) for each in found] == [(ada.id, [eve.id])]


async def test_who_asks_is_counted_and_mutes_say_when_they_end(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await lock(api, ada)
    ada = await api.app_of(await api.site.ports.storage.accounts.get(ada.account.id))
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    me = await ada.get("/api/v1/accounts/verify_credentials")
    assert me["source"]["follow_requests_count"] == 1
    await ada.post(f"/api/v1/accounts/{bob.id}/mute", duration="3600")
    await ada.post(f"/api/v1/accounts/{eve.id}/mute")
    muted = await ada.get("/api/v1/mutes")
    assert [each["id"] for each in muted] == [eve.id, bob.id]
    assert muted[0]["mute_expires_at"] is None and muted[1]["mute_expires_at"].endswith("Z")
