from __future__ import annotations

from typing import Any

import pytest

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


async def test_a_client_finds_the_documents_and_a_mastodon_upstream(serving: Any) -> None:
    async with serving(title="Ada's place") as http:
        links = (await http.get("/.well-known/nodeinfo")).json()["links"]
        assert [link["rel"] for link in links] == [SCHEMA + "2.0", SCHEMA + "2.1"]
        for link, version in zip(links, ("2.0", "2.1"), strict=True):
            answer = await http.get(link["href"])
            document = answer.json()
            assert answer.headers["content-type"].startswith("application/json")
            assert document["version"] == version
            assert document["software"]["name"] == "microblog"
            assert document["metadata"]["upstream"]["name"] == "mastodon"
            assert document["metadata"]["nodeName"] == "Ada's place"
            assert document["usage"] == {"users": {"total": 0, "activeMonth": 0}, "localPosts": 0}
            assert document["openRegistrations"] is True


@pytest.mark.parametrize("path", ["/.well-known/nodeinfo/", "/nodeinfo/2.0/", "/nodeinfo/2.1/"])
async def test_a_slash_at_the_end_makes_no_difference(serving: Any, path: str) -> None:
    async with serving() as http:
        assert (await http.get(path)).json() == (await http.get(path.rstrip("/"))).json()
