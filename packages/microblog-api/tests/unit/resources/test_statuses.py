"""Statuses through the API: what is written is what others read, and nothing more."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.services.posts import PublishPost, publish_post

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_a_status_is_read_as_it_was_written(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    written = await ada.write(
        "Hello @bob, #Tea & <b>\n\nhttps://example.org/x", spoiler_text="Greeting", language="en"
    )
    read = await bob.get(f"/api/v1/statuses/{written['id']}")
    assert read["id"] == written["id"] and read["id"].isdigit()
    assert read["content"] == (
        '<p>Hello <span class="h-card"><a href="http://localhost:8000/@bob" class="u-url mention">@<span>bob'
        '</span></a></span>, <a href="http://localhost:8000/tags/tea" class="mention hashtag" rel="tag">#'
        "<span>Tea</span></a> &amp; &lt;b&gt;</p><p>"
        '<a href="https://example.org/x" rel="nofollow noopener noreferrer">'
        '<span class="invisible">https://</span><span>example.org/x</span></a></p>'
    )
    assert (read["spoiler_text"], read["sensitive"], read["language"]) == ("Greeting", True, "en")
    assert (read["visibility"], read["in_reply_to_id"], read["reblog"]) == ("public", None, None)
    assert read["mentions"] == [
        {"id": bob.id, "username": "bob", "acct": "bob", "url": "http://localhost:8000/@bob"}
    ]
    assert read["tags"] == [{"name": "tea", "url": "http://localhost:8000/tags/tea"}]
    assert MOMENT.fullmatch(read["created_at"])
    assert read["url"] == f"http://localhost:8000/@ada/{read['id']}"
    assert (read["favourited"], read["reblogged"], read["muted"], read["bookmarked"]) == (False,) * 4
    assert "pinned" not in read and (await ada.get(f"/api/v1/statuses/{read['id']}"))["pinned"] is False
    account = read["account"]
    assert (account["acct"], account["username"], account["id"]) == ("ada", "ada", ada.id)
    for picture in ("avatar", "avatar_static", "header", "header_static"):
        answer = await api.http.get(account[picture])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


async def test_anonymous_readers_are_told_nothing_of_their_own(api: Any) -> None:
    (ada,) = await api.people("ada")
    written = await ada.write("Hello")
    read = await api.anonymous(f"/api/v1/statuses/{written['id']}")
    assert not {"favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"} & read.keys()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"status": ""}, "text"),
        ({"status": "x" * 501}, "text"),
        ({"status": "x", "visibility": "everybody"}, "visibility"),
        ({"status": "x", "in_reply_to_id": "12345"}, "in_reply_to_id"),
        ({"status": "x", "in_reply_to_id": "no id"}, "in_reply_to_id"),
    ],
)
async def test_what_cannot_be_published_is_said_at_the_field(
    api: Any, sent: dict[str, str], field: str
) -> None:
    (ada,) = await api.people("ada")
    refused = await ada.post("/api/v1/statuses", expect=422, **sent)
    assert field in refused["details"]
    assert refused["error"].startswith("Validation failed: ")
    assert await ada.get(f"/api/v1/accounts/{ada.id}/statuses") == []


async def test_the_own_default_visibility_is_used_where_none_is_given(api: Any) -> None:
    from microblog_core.domain.permissions import Actor
    from microblog_core.services.profiles import SetPreferences, set_preferences

    (ada,) = await api.people("ada")
    await set_preferences(
        api.site.ports, Actor(account=ada.account), SetPreferences(default_visibility="followers")
    )
    assert (await ada.write("Hello"))["visibility"] == "private"
    assert (await ada.write("Hello", visibility="unlisted"))["visibility"] == "unlisted"


async def test_fifty_identical_requests_with_one_key_make_one_status(api: Any) -> None:
    (ada,) = await api.people("ada")

    async def send() -> Any:
        headers = {"idempotency-key": "a key"}
        return await ada.ask("POST", "/api/v1/statuses", data={"status": "Once"}, headers=headers)

    made = await asyncio.gather(*(send() for _ in range(50)))
    assert len({status["id"] for status in made}) == 1
    assert len(await ada.get(f"/api/v1/accounts/{ada.id}/statuses")) == 1


async def test_an_edit_keeps_its_history_and_its_source(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    written = await ada.write("First *words*")
    path = f"/api/v1/statuses/{written['id']}"
    edited = await ada.ask("PUT", path, json={"status": "Second words", "spoiler_text": "Edited"})
    assert edited["id"] == written["id"] and MOMENT.fullmatch(edited["edited_at"])
    assert await ada.get(path + "/source") == {
        "id": written["id"],
        "text": "Second words",
        "spoiler_text": "Edited",
    }
    versions = await bob.get(path + "/history")
    assert [each["content"] for each in versions] == ["<p>First *words*</p>", "<p>Second words</p>"]
    assert versions[0]["account"]["id"] == ada.id
    await bob.get(path + "/source", expect=403)
    await bob.ask("PUT", path, expect=403, json={"status": "Mine"})


async def test_a_deleted_status_comes_back_as_it_was_written_to_be_redrafted(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    written = await ada.write("Hello @bob")
    path = f"/api/v1/statuses/{written['id']}"
    await bob.ask("DELETE", path, expect=403)
    deleted = await ada.ask("DELETE", path)
    assert (deleted["id"], deleted["text"], deleted["media_attachments"]) == (written["id"], "Hello @bob", [])
    await ada.get(path, expect=404)


async def test_the_context_is_what_it_answers_and_what_answers_it(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    root = await ada.write("Root")
    middle = await bob.write("Middle", in_reply_to_id=root["id"])
    leaf = await ada.write("Leaf", in_reply_to_id=middle["id"])
    assert (middle["in_reply_to_id"], middle["in_reply_to_account_id"]) == (root["id"], ada.id)
    context = await api.anonymous(f"/api/v1/statuses/{middle['id']}/context")
    assert [each["id"] for each in context["ancestors"]] == [root["id"]]
    assert [each["id"] for each in context["descendants"]] == [leaf["id"]]
    assert (await ada.get(f"/api/v1/statuses/{root['id']}"))["replies_count"] == 1


async def test_a_boost_is_a_status_around_the_boosted_one(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    written = await ada.write("Boost me")
    path = f"/api/v1/statuses/{written['id']}"
    boost = await bob.post(path + "/reblog")
    assert boost["id"] != written["id"]
    assert (boost["account"]["id"], boost["reblog"]["id"]) == (bob.id, written["id"])
    assert boost["reblog"]["reblogged"] is True and boost["reblog"]["reblogs_count"] == 1
    assert (await bob.post(path + "/reblog"))["id"] == boost["id"]
    assert [each["id"] for each in await ada.get(path + "/reblogged_by")] == [bob.id]
    mine = await ada.get(f"/api/v1/accounts/{bob.id}/statuses")
    assert [(each["id"], each["reblog"]["id"]) for each in mine] == [(boost["id"], written["id"])]
    back = await bob.post(path + "/unreblog")
    assert (back["id"], back["reblogged"], back["reblogs_count"]) == (written["id"], False, 0)


async def test_deleting_an_own_boost_takes_it_back_and_others_stay(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    written = await ada.write("Boost me")
    boost = await bob.post(f"/api/v1/statuses/{written['id']}/reblog")
    await eve.ask("DELETE", f"/api/v1/statuses/{boost['id']}", expect=403)
    await ada.ask("DELETE", f"/api/v1/statuses/{boost['id']}", expect=403)
    assert (await ada.get(f"/api/v1/statuses/{written['id']}"))["reblogs_count"] == 1
    await bob.ask("DELETE", f"/api/v1/statuses/{boost['id']}")
    assert (await ada.get(f"/api/v1/statuses/{written['id']}"))["reblogs_count"] == 0


async def test_favourites_are_counted_and_named(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    path = f"/api/v1/statuses/{(await ada.write('Nice'))['id']}"
    liked = await bob.post(path + "/favourite")
    assert (liked["favourited"], liked["favourites_count"]) == (True, 1)
    assert [each["acct"] for each in await api.anonymous(path + "/favourited_by")] == ["bob"]
    unliked = await bob.post(path + "/unfavourite")
    assert (unliked["favourited"], unliked["favourites_count"]) == (False, 0)


async def test_scopes_are_asked_for_one_by_one(api: Any) -> None:
    ada = await api.person("ada", scopes="read:statuses write:statuses")
    status = await ada.write("Hello")
    refused = await ada.post(f"/api/v1/statuses/{status['id']}/favourite", expect=403)
    assert refused == {"error": "This action is outside the authorized scopes"}
    await ada.get("/api/v1/notifications", expect=403)
    answer = await api.http.post("/api/v1/statuses", data={"status": "Hello"})
    assert (answer.status_code, answer.json()["error"]) == (401, "The access token is invalid")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("number", ["0", "abc", "9" * 30, "-1", "1"])
async def test_what_is_no_status_is_not_found(api: Any, number: str) -> None:
    (ada,) = await api.people("ada")
    refused = await ada.get(f"/api/v1/statuses/{number}", expect=404)
    assert refused["error"] == "Record not found"
    await ada.ask("DELETE", f"/api/v1/statuses/{number}", expect=404)
    await ada.post(f"/api/v1/statuses/{number}/reblog", expect=404)


async def test_a_status_names_the_app_it_was_written_with_to_everybody(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    written = await ada.write("Hello")
    assert written["application"] == {"name": "Test", "website": None}
    boosted = await bob.post(f"/api/v1/statuses/{written['id']}/reblog")
    assert (boosted["application"], boosted["reblog"]["application"]) == (None, written["application"])
    assert (await api.anonymous(f"/api/v1/statuses/{written['id']}"))["application"]["name"] == "Test"
    entry = await publish_post(api.site.ports, Actor(account=ada.account), PublishPost(text="By hand"))
    assert (await bob.get(f"/api/v1/statuses/{entry.id}"))["application"] is None


async def test_an_account_says_on_which_day_it_last_wrote(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    assert (await bob.get(f"/api/v1/accounts/{ada.id}"))["last_status_at"] is None
    written = await ada.write("Hello")
    assert (await bob.get(f"/api/v1/accounts/{ada.id}"))["last_status_at"] == written["created_at"][:10]


async def test_an_edit_changes_what_is_given_and_leaves_what_it_does_not_name(api: Any) -> None:
    (ada,) = await api.people("ada")
    options = {"poll[options][]": ["Tea", "Coffee"], "poll[expires_in]": "3600"}
    written = await ada.write("What?", language="en", spoiler_text="Hush", **options)
    path = f"/api/v1/statuses/{written['id']}"
    edited = await ada.ask("PUT", path, json={"status": "Well?", "sensitive": True})
    assert (edited["language"], edited["sensitive"], edited["spoiler_text"]) == ("en", True, "")
    assert [option["title"] for option in edited["poll"]["options"]] == ["Tea", "Coffee"]
    edited = await ada.ask("PUT", path, data={"status": "Na?", "language": "de"})
    assert (edited["language"], edited["sensitive"]) == ("de", False)
    refused = await ada.ask("PUT", path, expect=422, json={"status": "Na?", "language": "no language"})
    assert refused["details"].keys() == {"language"}
    other = {"options": ["Cake", "Pie", "Nothing"], "expires_in": 600, "multiple": True}
    edited = await ada.ask("PUT", path, json={"status": "Na?", "poll": other})
    assert ([each["title"] for each in edited["poll"]["options"]], edited["poll"]["multiple"]) == (
        other["options"],
        True,
    )
    edited = await ada.ask(
        "PUT", path, json={"status": "Na?", "poll": None, "quote_approval_policy": "nobody"}
    )
    assert (edited["poll"], edited["language"]) == (None, "de")
    assert edited["quote_approval"]["automatic"] == []
    assert await ada.get(path) == edited
    assert len(await ada.get(f"{path}/history")) == 5
    await ada.ask("PUT", path, json={"status": "Na?", "language": "fr"})
    assert (await ada.get(path))["language"] == "fr"
