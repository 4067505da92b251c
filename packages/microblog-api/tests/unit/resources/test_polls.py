"""Polls, posts that wait, quotes and conversations through the API."""

from __future__ import annotations

import datetime
from typing import Any

POLL = {"poll[options][]": ["Tea", "Coffee"], "poll[expires_in]": "600"}


def later(minutes: float) -> str:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    return moment.isoformat().replace("+00:00", "Z")


async def test_a_poll_is_asked_and_voted_once(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    status = await ada.write("Which?", **POLL)
    poll = status["poll"]
    assert [option["title"] for option in poll["options"]] == ["Tea", "Coffee"]
    assert (poll["voted"], poll["own_votes"], poll["expired"], poll["multiple"]) == (False, [], False, False)
    voted = await bob.ask("POST", f"/api/v1/polls/{poll['id']}/votes", json={"choices": [1]})
    assert (voted["voted"], voted["own_votes"], voted["votes_count"]) == (True, [1], 1)
    assert [option["votes_count"] for option in voted["options"]] == [0, 1]
    await bob.ask("POST", f"/api/v1/polls/{poll['id']}/votes", expect=422, json={"choices": [0]})
    seen = await api.anonymous(f"/api/v1/polls/{poll['id']}")
    assert "voted" not in seen and seen["votes_count"] == 1
    await api.anonymous("/api/v1/polls/12345", expect=404)


async def test_a_poll_that_can_not_be_asked_is_said_so(api: Any) -> None:
    (ada,) = await api.people("ada")
    refused = await ada.ask(
        "POST",
        "/api/v1/statuses",
        expect=422,
        json={"status": "Which?", "poll": {"options": ["One"], "expires_in": 600}},
    )
    assert "poll" in refused["details"]
    assert await ada.get(f"/api/v1/accounts/{ada.id}/statuses") == []


async def test_a_post_waits_can_be_moved_and_cancelled(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    waiting = await ada.write("Later", scheduled_at=later(10))
    assert waiting["params"]["text"] == "Later"
    assert await ada.get(f"/api/v1/accounts/{ada.id}/statuses") == []
    path = f"/api/v1/scheduled_statuses/{waiting['id']}"
    assert [each["id"] for each in await ada.get("/api/v1/scheduled_statuses")] == [waiting["id"]]
    moved = await ada.ask("PUT", path, data={"scheduled_at": later(60)})
    assert moved["scheduled_at"] > waiting["scheduled_at"]
    await ada.ask("PUT", path, expect=422, data={"scheduled_at": later(1)})
    await bob.get(path, expect=404)
    assert await ada.ask("DELETE", path) == {}
    assert await ada.get("/api/v1/scheduled_statuses") == []
    await ada.post("/api/v1/statuses", expect=422, status="Soon", scheduled_at=later(1))


async def test_a_quote_carries_what_it_quotes(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    quoted = await ada.write("Quote me")
    quoting = await bob.write("Indeed", quoted_status_id=quoted["id"])
    assert (quoting["quote"]["state"], quoting["quote"]["quoted_status"]["id"]) == ("accepted", quoted["id"])
    assert [each["type"] for each in await ada.get("/api/v1/notifications")] == ["quote"]
    assert (await ada.get(f"/api/v1/statuses/{quoted['id']}"))["quotes_count"] == 1
    await ada.ask("DELETE", f"/api/v1/statuses/{quoted['id']}")
    gone = await bob.get(f"/api/v1/statuses/{quoting['id']}")
    assert gone["quote"]["quoted_status"] is None


async def test_direct_posts_are_a_conversation(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    first = await ada.write("@bob Hello", visibility="direct")
    answer = await bob.write("@ada Hi", visibility="direct", in_reply_to_id=first["id"])
    (talk,) = await ada.get("/api/v1/conversations/")
    assert (talk["unread"], talk["last_status"]["id"]) == (True, answer["id"])
    assert [each["id"] for each in talk["accounts"]] == [bob.id]
    assert [each["id"] for each in await ada.get("/api/v1/timelines/direct")] == [answer["id"], first["id"]]
    assert (await ada.post(f"/api/v1/conversations/{talk['id']}/read"))["unread"] is False
    await eve.post(f"/api/v1/conversations/{talk['id']}/read", expect=404)
    assert await eve.get("/api/v1/conversations") == []
    await ada.ask("DELETE", f"/api/v1/conversations/{talk['id']}")
    assert await ada.get("/api/v1/conversations") == []
