"""Search and trends through the API."""

from __future__ import annotations

from typing import Any


async def test_people_posts_and_hashtags_are_found(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    status = await ada.write("Brewing green tea, slowly #Teatime")
    await ada.write("A secret about tea", visibility="direct")
    found = await bob.get("/api/v2/search", q="tea")
    assert [each["id"] for each in found["statuses"]] == [status["id"]]
    assert [each["name"] for each in found["hashtags"]] == ["teatime"]
    assert [each["id"] for each in (await bob.get("/api/v2/search", q="ad"))["accounts"]] == [ada.id]
    only = await bob.get("/api/v2/search", q="tea", type="hashtags")
    assert (only["accounts"], only["statuses"], len(only["hashtags"])) == ([], [], 1)
    assert "type" in (await bob.get("/api/v2/search", expect=422, q="x", type="cats"))["details"]
    assert (await bob.get("/api/v2/search", q=""))["statuses"] == []


async def test_one_finds_oneself_as_written(api: Any) -> None:
    (ada,) = await api.people("ada")
    for name in ("ada", "@ada"):
        found = await ada.get("/api/v2/search", q=name, type="accounts")
        assert [each["id"] for each in found["accounts"]] == [ada.id]


async def test_searches_by_type_page_by_offset(api: Any) -> None:
    (ada,) = await api.people("ada")
    ids = [(await ada.write(f"tea number {number}"))["id"] for number in range(3)]
    answer = await ada.http.get("/api/v2/search", params={"q": "tea", "type": "statuses", "limit": 2})
    assert [each["id"] for each in answer.json()["statuses"]] == [ids[2], ids[1]]
    following = answer.headers["link"].split(">")[0][1:]
    assert "offset=2" in following
    rest = (await ada.http.get(following)).json()
    assert [each["id"] for each in rest["statuses"]] == [ids[0]]


async def test_what_several_people_use_trends(api: Any) -> None:
    people = await api.people("ada", "bob", "eve")
    statuses = [await person.write("A #tea") for person in people]
    for person in people[1:]:
        await person.post(f"/api/v1/statuses/{statuses[0]['id']}/favourite")
    for path in ("/api/v1/trends/tags", "/api/v1/trends"):
        (tag,) = await api.anonymous(path)
        assert (tag["name"], tag["history"][0]["accounts"]) == ("tea", "3")
    trending = await api.anonymous("/api/v1/trends/statuses")
    assert trending[0]["id"] == statuses[0]["id"]
    assert await api.anonymous("/api/v1/trends/links") == []
