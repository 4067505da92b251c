"""Timelines and notifications through the API."""

from __future__ import annotations

from typing import Any


async def test_home_shows_whom_one_follows_and_public_shows_everybody(api: Any) -> None:
    ada, bob, eve = await api.people("ada", "bob", "eve")
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    one = await ada.write("From Ada")
    two = await eve.write("From Eve #tea")
    quiet = await ada.write("Quiet", visibility="private")
    home = await bob.get("/api/v1/timelines/home", limit=40)
    assert [each["id"] for each in home] == [quiet["id"], one["id"]]
    public = await api.anonymous("/api/v1/timelines/public", local="true")
    assert [each["id"] for each in public] == [two["id"], one["id"]]
    assert [each["id"] for each in await api.anonymous("/api/v1/timelines/tag/TEA")] == [two["id"]]
    assert await api.anonymous("/api/v1/timelines/public", remote="true") == []
    await api.anonymous("/api/v1/timelines/home", expect=401)


async def test_gaps_are_filled_by_min_id_and_news_found_by_since_id(api: Any) -> None:
    (ada,) = await api.people("ada")
    ids = [(await ada.write(f"Number {number}"))["id"] for number in range(6)]
    path = "/api/v1/timelines/public"
    above = await ada.get(path, min_id=ids[0], limit=2)
    assert [each["id"] for each in above] == [ids[2], ids[1]]
    newest = await ada.get(path, since_id=ids[0], limit=2)
    assert [each["id"] for each in newest] == [ids[5], ids[4]]
    assert [each["id"] for each in await ada.get(path, max_id=ids[2])] == [ids[1], ids[0]]
    assert "max_id" in (await ada.get(path, expect=422, max_id="soon"))["details"]


async def test_what_happened_is_told_once_with_its_status(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    post = await ada.write("Hello")
    await bob.post(f"/api/v1/statuses/{post['id']}/favourite")
    await bob.post(f"/api/v1/statuses/{post['id']}/reblog")
    await bob.post(f"/api/v1/accounts/{ada.id}/follow")
    await bob.write("Hi @ada")
    await bob.write("An answer", in_reply_to_id=post["id"])
    told = await ada.get("/api/v1/notifications")
    assert [each["type"] for each in told] == ["mention", "mention", "follow", "reblog", "favourite"]
    assert all(each["account"]["id"] == bob.id for each in told)
    assert told[3]["status"]["id"] == post["id"]
    assert "status" not in told[2]
    assert len({each["id"] for each in told}) == 5


async def test_an_anonymous_timeline_is_revalidated_and_never_stale(api: Any) -> None:
    (ada,) = await api.people("ada")
    await ada.write("One")
    first = await api.http.get("/api/v1/timelines/public")
    again = await api.http.get("/api/v1/timelines/public", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await ada.write("Two")
    news = await api.http.get("/api/v1/timelines/public", headers={"if-none-match": first.headers["etag"]})
    assert (news.status_code, len(news.json())) == (200, 2)
    assert "authorization" in news.headers["vary"]


async def test_a_tag_is_joined_with_others_and_kept_apart_from_some(api: Any) -> None:
    (ada,) = await api.people("ada")
    tea = (await ada.write("#tea"))["id"]
    both = (await ada.write("#tea #cake"))["id"]
    cake = (await ada.write("#cake"))["id"]

    async def found(**query: str) -> list[str]:
        return [each["id"] for each in await api.anonymous("/api/v1/timelines/tag/tea", **query)]

    assert await found(**{"any[]": "cake"}) == [cake, both, tea]
    assert await found(**{"all[]": "Cake"}) == [both]
    assert await found(**{"none[]": "cake"}) == [tea]
    assert await found(only_media="true") == []
    await api.anonymous("/api/v1/timelines/tag/tea", expect=422, **{"any[]": ["a", "b", "c", "d", "e"]})
