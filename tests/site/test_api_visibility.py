"""Every level of visibility over the API, seen by everybody who may stand to its author: the table of
`test_visibility`, held against what apps read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Visibility
from microblog_core.services import marks, reactions
from microblog_core.testing.servers import site_server
from microblog_core.testing.tokens import make_token

from .conftest import MakeData
from .seeding import opened
from .test_visibility import OWNER, SEES, VIEWERS, seed

LISTINGS = {
    "home": "/api/v1/timelines/home",
    "public": "/api/v1/timelines/public",
    "tag": "/api/v1/timelines/tag/shared",
    "direct": "/api/v1/timelines/direct",
    "bookmarks": "/api/v1/bookmarks",
    "favourites": "/api/v1/favourites",
    "trends": "/api/v1/trends/statuses",
}
UNLISTED_BY = {"blocker", "muter"}
"""They block or mute the owner: listings leave the owner's posts out."""


def expected(level: Visibility, viewer: str) -> set[str]:
    """Where this viewer finds the owner's post of this level."""
    if viewer not in SEES[level]:
        return set()
    found = {"status", "history", "context", "account"}
    if viewer != "anonymous":
        # What one has marked stays in one's own lists, whoever wrote it.
        found |= {"bookmarks", "favourites"}
    if level is Visibility.PUBLIC and viewer not in UNLISTED_BY:
        found |= {"public", "tag", "search"}
    if level is Visibility.PUBLIC:
        found |= {"trends"} if viewer not in UNLISTED_BY else set()
    if viewer in {"owner", "follower"} and level is not Visibility.DIRECT:
        found.add("home")
    if viewer == "named":
        found.add("notifications")
    if level is Visibility.DIRECT:
        found |= {"direct", "conversations"}
    return found


async def prepare(data: Path) -> tuple[dict[Visibility, int], dict[str, str]]:
    """The posts' ids, and a token for each viewer. Everybody who may marks every post."""
    ids = await seed(data)
    tokens: dict[str, str] = {}
    async with opened(data) as ports:
        for viewer in VIEWERS:
            if viewer == "anonymous":
                continue
            account = await ports.storage.accounts.by_name(f"{viewer}_x")
            assert account is not None
            tokens[viewer] = await make_token(ports, account)
            for level, post_id in ids.items():
                if viewer in SEES[level]:
                    command = reactions.PostCommand(post_id=post_id)
                    await marks.bookmark_post(ports, Actor(account=account), command)
                    await reactions.favourite_post(ports, Actor(account=account), command)
    return ids, tokens


def look(http: httpx.Client, owner_id: str, ids: dict[Visibility, int]) -> dict[Visibility, set[str]]:
    """Where each post is found."""
    found: dict[Visibility, set[str]] = {level: set() for level in Visibility}

    def note(name: str, answer: Any) -> None:
        assert answer.status_code in {200, 401, 404, 422}, answer.text
        for level in Visibility:
            if answer.status_code == 200 and f"marker-{level}" in answer.text:
                found[level].add(name)

    for name, path in LISTINGS.items():
        note(name, http.get(path))
    note("account", http.get(f"/api/v1/accounts/{owner_id}/statuses"))
    note("notifications", http.get("/api/v1/notifications", params={"types[]": "mention"}))
    note("conversations", http.get("/api/v1/conversations"))
    note("search", http.get("/api/v2/search", params={"q": "shared", "type": "statuses"}))
    for post_id in ids.values():
        note("status", http.get(f"/api/v1/statuses/{post_id}"))
        note("history", http.get(f"/api/v1/statuses/{post_id}/history"))
        answer = http.get(f"/api/v1/statuses/{post_id}/context")
        assert answer.status_code in {200, 404}
        if answer.status_code == 200:
            found[next(level for level, each in ids.items() if each == post_id)].add("context")
    return found


@pytest.mark.parametrize("storage", ["sqlite", "postgresql"])
async def test_every_resource_shows_each_level_to_those_who_may_see_it_and_to_nobody_else(
    make_data: MakeData, storage: str, request: pytest.FixtureRequest
) -> None:
    configuration = ""
    if storage == "postgresql":
        configuration = f'[sites.main]\nstorage = "{request.getfixturevalue("postgres_database")}"\n'
    data = make_data(configuration)
    ids, tokens = await prepare(data)
    wrong: list[str] = []
    with site_server(data) as server:
        for viewer in VIEWERS:
            headers = {"authorization": f"Bearer {tokens[viewer]}"} if viewer in tokens else {}
            with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers) as http:
                owner = http.get("/api/v1/accounts/lookup", params={"acct": OWNER})
                assert (owner.status_code == 404) is (viewer == "blocked")
                owner_id = owner.json().get("id", "1")
                found = look(http, owner_id, ids)
            for level in Visibility:
                should = expected(level, viewer)
                # Whether one's own words are found is the matter of the search's own tests.
                have = found[level] - ({"search"} if level is not Visibility.PUBLIC else set())
                if have != should:
                    wrong.append(f"{level} as {viewer}: in {sorted(have)}, should be in {sorted(should)}")
    assert wrong == []
