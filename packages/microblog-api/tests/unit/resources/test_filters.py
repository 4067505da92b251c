"""Filters through the API: kept as they were written, in both versions, and applied to what is read."""

from __future__ import annotations

from typing import Any

import pytest

FILTERS = "/api/v2/filters"


async def _hidden(person: Any, *contexts: str, action: str = "hide", word: str = "tea") -> Any:
    return await person.ask(
        "POST",
        FILTERS,
        json={
            "title": word,
            "context": contexts,
            "filter_action": action,
            "keywords_attributes": [{"keyword": word, "whole_word": True}],
        },
    )


async def test_a_filter_is_made_changed_and_deleted_with_its_keywords(api: Any) -> None:
    (ada,) = await api.people("ada")
    form = {
        "title": "Drinks",
        "context[]": ["home", "public"],
        "filter_action": "hide",
        "expires_in": "3600",
        "keywords_attributes[][keyword]": "tea",
        "keywords_attributes[][whole_word]": "false",
    }
    made = await ada.ask("POST", FILTERS, data=form)
    assert made["keywords"] == [{"id": made["keywords"][0]["id"], "keyword": "tea", "whole_word": False}]
    assert (made["context"], made["filter_action"], made["statuses"]) == (["home", "public"], "hide", [])
    assert made["expires_at"].endswith("Z")
    path, tea = f"{FILTERS}/{made['id']}", made["keywords"][0]["id"]
    changes = {
        "title": "More drinks",
        "expires_in": "",
        "keywords_attributes": [{"id": tea, "keyword": "teas"}, {"keyword": "coffee"}],
    }
    changed = await ada.ask("PUT", path, json=changes)
    assert [each["keyword"] for each in changed["keywords"]] == ["teas", "coffee"]
    assert [each["whole_word"] for each in changed["keywords"]] == [False, True]
    assert (changed["title"], changed["expires_at"], changed["context"]) == (
        "More drinks",
        None,
        ["home", "public"],
    )
    assert await ada.get(path) == changed and await ada.get(FILTERS) == [changed]
    gone = {"keywords_attributes[0][id]": tea, "keywords_attributes[0][_destroy]": "1"}
    left = await ada.ask("PUT", path, data=gone)
    assert [each["keyword"] for each in left["keywords"]] == ["coffee"]
    assert await ada.ask("DELETE", path) == {}
    assert await ada.get(FILTERS) == []


async def test_keywords_and_statuses_have_addresses_of_their_own(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    made = await _hidden(ada, "home")
    path = f"{FILTERS}/{made['id']}"
    word = await ada.post(f"{path}/keywords", keyword="coffee", whole_word="false")
    assert word == {"id": word["id"], "keyword": "coffee", "whole_word": False}
    assert len(await ada.get(f"{path}/keywords")) == 2
    own = f"{FILTERS}/keywords/{word['id']}"
    assert (await ada.ask("PUT", own, data={"whole_word": "true"}))["keyword"] == "coffee"
    assert (await ada.get(own))["whole_word"] is True
    assert await ada.ask("DELETE", own) == {}
    await ada.get(own, expect=404)
    status = await bob.write("Unwanted")
    named = await ada.post(f"{path}/statuses", status_id=status["id"])
    assert named == {"id": named["id"], "status_id": status["id"]}
    own = f"{FILTERS}/statuses/{named['id']}"
    assert await ada.get(f"{path}/statuses") == [named] == [await ada.get(own)]
    assert await ada.ask("DELETE", own) == named
    assert await ada.get(f"{path}/statuses") == []
    secret = await bob.write("Secret", visibility="direct")
    await ada.post(f"{path}/statuses", expect=404, status_id=secret["id"])


async def test_the_first_version_is_a_view_of_the_second(api: Any) -> None:
    (ada,) = await api.people("ada")
    path = "/api/v1/filters"
    form = {"phrase": "tea", "context[]": ["home"], "irreversible": "true", "expires_in": "600"}
    made = await ada.post(path, **form)
    assert (made["phrase"], made["context"], made["whole_word"]) == ("tea", ["home"], True)
    assert made["irreversible"] is True and made["expires_at"]
    (second,) = await ada.get(FILTERS)
    assert (second["filter_action"], second["keywords"][0]["id"]) == ("hide", made["id"])
    changed = await ada.ask("PUT", f"{path}/{made['id']}", data={"phrase": "teas"})
    assert changed == {**made, "phrase": "teas"}
    endless = await ada.ask("PUT", f"{path}/{made['id']}", json={"expires_in": None})
    assert endless == {**changed, "expires_at": None}
    assert await ada.get(path) == [endless] == [await ada.get(f"{path}/{made['id']}")]
    assert await ada.ask("DELETE", f"{path}/{made['id']}") == {}
    assert await ada.get(path) == await ada.get(FILTERS) == []


async def test_nobody_else_finds_a_filter(api: Any) -> None:
    ada, eve = await api.people("ada", "eve")
    made = await _hidden(ada, "home")
    path, word = f"{FILTERS}/{made['id']}", made["keywords"][0]["id"]
    assert await eve.get(FILTERS) == await eve.get("/api/v1/filters") == []
    for own in (path, f"{path}/keywords", f"{FILTERS}/keywords/{word}", f"/api/v1/filters/{word}"):
        await eve.get(own, expect=404)
    for own in (path, f"{FILTERS}/keywords/{word}", f"/api/v1/filters/{word}"):
        await eve.ask("PUT", own, expect=404, json={"keyword": "mine", "phrase": "mine", "context": ["home"]})
        await eve.ask("DELETE", own, expect=404)
    await eve.post(f"{path}/keywords", expect=404, keyword="mine")
    assert await ada.get(path) == made
    await api.anonymous(path, expect=401)


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        (FILTERS, {"context": ["home"]}, "title"),
        (FILTERS, {"title": "Tea"}, "context"),
        (FILTERS, {"title": "Tea", "context": ["nowhere"]}, "context"),
        (FILTERS, {"title": "Tea", "context": ["home"], "filter_action": "burn"}, "filter_action"),
        (FILTERS, {"title": "Tea", "context": ["home"], "expires_in": -5}, "expires_in"),
        (FILTERS, {"title": "Tea", "context": ["home"], "keywords_attributes": [{}]}, "keyword"),
        ("/api/v1/filters", {"context": ["home"]}, "phrase"),
    ],
)
async def test_what_a_filter_cannot_be_is_said(api: Any, path: str, sent: Any, field: str) -> None:
    (ada,) = await api.people("ada")
    assert field in (await ada.ask("POST", path, expect=422, json=sent))["details"]
    assert await ada.get(FILTERS) == []


async def test_what_is_hidden_leaves_every_listing_it_is_meant_for(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    await ada.post(f"/api/v1/accounts/{bob.id}/follow")
    list_of_bob = await ada.post("/api/v1/lists", title="Bob")
    await ada.post(f"/api/v1/lists/{list_of_bob['id']}/accounts", **{"account_ids[]": bob.id})
    mine = await ada.write("Hello")
    plain, unwanted = await bob.write("Coffee #drinks"), await bob.write("Tea #drinks")
    answer = await bob.write("An answer", in_reply_to_id=mine["id"])
    await bob.write("An answer on tea", in_reply_to_id=mine["id"])
    await _hidden(ada, "home", "public", "thread", "account", "notifications")
    listings = (
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/drinks",
        f"/api/v1/timelines/list/{list_of_bob['id']}",
        f"/api/v1/accounts/{bob.id}/statuses",
    )
    for listing in listings:
        ids = [each["id"] for each in await ada.get(listing)]
        assert plain["id"] in ids, listing
        assert unwanted["id"] not in ids, listing
    thread = await ada.get(f"/api/v1/statuses/{mine['id']}/context")
    assert [each["id"] for each in thread["descendants"]] == [answer["id"]]
    assert [each["status"]["id"] for each in await ada.get("/api/v1/notifications")] == [answer["id"]]
    single = await ada.get(f"/api/v1/statuses/{unwanted['id']}")
    assert single["filtered"][0]["keyword_matches"] == ["tea"]
    assert unwanted["id"] in [each["id"] for each in await bob.get("/api/v1/timelines/public")]


async def test_a_page_that_is_hidden_as_a_whole_still_leads_on(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    first = await bob.write("Coffee")
    for number in range(2):
        await bob.write(f"Tea {number}")
    await _hidden(ada, "public")
    page = await ada.http.get("/api/v1/timelines/public", params={"limit": "2"})
    assert page.json() == []
    assert [each["id"] for each in await ada.ask("GET", page.links["next"]["url"])] == [first["id"]]


@pytest.mark.parametrize("action", ["warn", "blur"])
async def test_what_is_only_warned_of_says_why(api: Any, action: str) -> None:
    ada, bob = await api.people("ada", "bob")
    written = await bob.write("Tea")
    boosted = await bob.post(f"/api/v1/statuses/{written['id']}/reblog")
    made = await _hidden(ada, "public", "account", action=action)
    await ada.post(f"{FILTERS}/{made['id']}/statuses", status_id=written["id"])
    (shown,) = await ada.get("/api/v1/timelines/public")
    (result,) = shown["filtered"]
    assert (result["keyword_matches"], result["status_matches"]) == (["tea"], [written["id"]])
    assert (result["filter"]["id"], result["filter"]["filter_action"]) == (made["id"], action)
    assert "keywords" not in result["filter"] and "statuses" not in result["filter"]
    boost = (await ada.get(f"/api/v1/accounts/{bob.id}/statuses"))[0]
    assert boost["id"] == boosted["id"]
    assert boost["filtered"] == boost["reblog"]["filtered"] != []
    await _hidden(ada, "home", word="coffee")
    assert (await ada.get("/api/v1/timelines/home")) == []
    assert "filtered" not in (await api.anonymous("/api/v1/timelines/public"))[0]
