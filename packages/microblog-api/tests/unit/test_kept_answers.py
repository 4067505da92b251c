"""What anonymous clients read is kept ready, and never older than what happened."""

from __future__ import annotations

from typing import Any

import pytest

from microblog_core.http.kept import KeptPage

PUBLIC = "/api/v1/timelines/public"


def is_kept(api: Any, path: str, query: str = "") -> bool:
    key = f"api:http://localhost:8000{path}?{query}"
    return isinstance(api.site.ports.cache.get(key), KeptPage)


async def test_an_answer_is_kept_with_its_links_and_its_etag(api: Any) -> None:
    (ada,) = await api.people("ada")
    for number in range(3):
        await ada.write(f"Number {number}")
    first = await api.http.get(f"{PUBLIC}?limit=2")
    assert is_kept(api, PUBLIC, "limit=2")
    again = await api.http.get(f"{PUBLIC}?limit=2")
    for name in ("link", "etag", "content-type", "vary", "cache-control"):
        assert first.headers[name] == again.headers[name]
    assert first.content == again.content and 'rel="next"' in first.headers["link"]
    assert int(again.headers["x-ratelimit-remaining"]) == int(first.headers["x-ratelimit-remaining"]) - 1
    fresh = await api.http.get(f"{PUBLIC}?limit=2", headers={"if-none-match": first.headers["etag"]})
    assert (fresh.status_code, fresh.content) == (304, b"")


@pytest.mark.parametrize("change", ["publish", "edit", "favourite", "boost", "delete", "profile"])
@pytest.mark.parametrize("where", ["public", "tag", "account", "context"])
async def test_a_change_is_in_the_next_answer(api: Any, where: str, change: str) -> None:
    ada, bob = await api.people("ada", "bob")
    post = await ada.write("Hello #tea")
    answer = await ada.write("More #tea", in_reply_to_id=post["id"])
    path = {
        "public": PUBLIC,
        "tag": "/api/v1/timelines/tag/tea",
        "account": f"/api/v1/accounts/{ada.id}/statuses",
        "context": f"/api/v1/statuses/{post['id']}/context",
    }[where]
    subject = answer["id"] if where == "context" else post["id"]
    before = await api.anonymous(path)
    assert is_kept(api, path)
    assert await api.anonymous(path) == before
    if change == "publish":
        await ada.write("Once more #tea", in_reply_to_id=subject)
    elif change == "edit":
        await ada.ask("PUT", f"/api/v1/statuses/{subject}", data={"status": "Changed #tea"})
    elif change == "favourite":
        await bob.post(f"/api/v1/statuses/{subject}/favourite")
    elif change == "boost":
        await bob.post(f"/api/v1/statuses/{subject}/reblog")
    elif change == "delete":
        await ada.ask("DELETE", f"/api/v1/statuses/{subject}")
    else:
        await ada.ask("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "Countess"})
    after = await api.anonymous(path)
    assert after != before
    api.site.ports.cache.clear()
    assert await api.anonymous(path) == after


async def test_a_poll_that_may_end_is_not_kept(api: Any) -> None:
    (ada,) = await api.people("ada")
    poll = {"poll[options][]": ["a", "b"], "poll[expires_in]": "600"}
    await ada.ask("POST", "/api/v1/statuses", data={"status": "Which?", **poll})
    assert (await api.anonymous(PUBLIC))[0]["poll"]["expired"] is False
    assert not is_kept(api, PUBLIC)


async def test_only_what_clients_usually_ask_for_takes_a_place(api: Any) -> None:
    (ada,) = await api.people("ada")
    await ada.write("Hello")
    for query in ("x=1", "limit=20&nonce=5", "max_id=00", "limit=1limit"):
        await api.http.get(f"{PUBLIC}?{query}")
        assert not is_kept(api, PUBLIC, query)


async def test_who_shows_a_token_is_not_given_what_is_kept(api: Any) -> None:
    ada, bob = await api.people("ada", "bob")
    post = await ada.write("Hello")
    await api.anonymous(PUBLIC)
    await bob.post(f"/api/v1/statuses/{post['id']}/favourite")
    (shown,) = await bob.get(PUBLIC)
    assert shown["favourited"] is True
    (open_to_all,) = await api.anonymous(PUBLIC)
    assert "favourited" not in open_to_all and open_to_all["favourites_count"] == 1
