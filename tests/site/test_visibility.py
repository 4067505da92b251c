"""Every level of visibility, seen by everybody who may stand to its author, on every page and in every count.

One table says who sees what; the pages of a served site are held against it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Visibility
from microblog_core.ports.context import Ports
from microblog_core.services import posts, relations
from microblog_core.testing.browser import Browser, log_in
from microblog_core.testing.payments import seed_member, seed_tier
from microblog_core.testing.servers import site_server

from .conftest import MakeData
from .seeding import PASSWORD, opened, person

OWNER, NAMED = "owner_x", "named_x"
PEOPLE = ("owner", "follower", "named", "member", "stranger", "blocked", "blocker", "muter")
VIEWERS = (*PEOPLE, "anonymous")

SEES = {
    Visibility.PUBLIC: {"owner", "follower", "named", "member", "stranger", "blocker", "muter", "anonymous"},
    Visibility.UNLISTED: {
        "owner",
        "follower",
        "named",
        "member",
        "stranger",
        "blocker",
        "muter",
        "anonymous",
    },
    Visibility.FOLLOWERS: {"owner", "follower", "named"},
    Visibility.MEMBERS: {"owner", "member"},
    Visibility.DIRECT: {"owner", "named"},
}
"""Who may see a post of the owner's that names `named`. `blocked` is blocked by the owner; `blocker` blocks
the owner.
"""

LISTED = {"public", "tag"}
"""Pages that show public posts only, and nothing by people whom the reader blocks or mutes."""


def expected(level: Visibility, viewer: str) -> set[str]:
    """The pages on which this viewer finds the post."""
    if viewer not in SEES[level]:
        return set()
    pages = {"post", "history", "profile", "with_replies"}
    if level is Visibility.PUBLIC and viewer not in {"blocker", "muter"}:
        pages |= LISTED
    if viewer in {"owner", "follower"} and level is not Visibility.DIRECT:
        pages.add("home")
    if viewer == "named":
        pages.add("notifications")
    return pages


def text_of(level: Visibility) -> str:
    return f"marker-{level} #shared @{NAMED}"


async def people_of(ports: Ports) -> dict[str, Actor]:
    """The people, and how they stand to the owner."""
    people = {name: await person(ports, f"{name}_x") for name in PEOPLE}

    def towards(name: str) -> relations.RelationCommand:
        return relations.RelationCommand(account_id=people[name].id or 0)

    await relations.follow(ports, people["follower"], towards("owner"))
    await relations.block(ports, people["owner"], towards("blocked"))
    await relations.block(ports, people["blocker"], towards("owner"))
    await relations.mute(ports, people["muter"], towards("owner"))
    tier = await seed_tier(ports.storage, people["owner"].id or 0)
    await seed_member(ports.storage, people["member"].id or 0, tier)
    return people


async def seed(data: Path) -> dict[Visibility, int]:
    """The people, how they stand to the owner, and one post of each level; the posts' ids."""
    async with opened(data) as ports:
        people = await people_of(ports)
        return {level: await _publish(ports, people["owner"], level) for level in Visibility}


async def _publish(ports: Ports, owner: Actor, level: Visibility) -> int:
    command = posts.PublishPost(text=text_of(level), visibility=level)
    post_id = (await posts.publish_post(ports, owner, command)).post.id
    edit = posts.EditPost(post_id=post_id, text=text_of(level) + " (edited)")
    await posts.edit_post(ports, owner, edit)
    return post_id


async def look(browser: Browser, ids: dict[Visibility, int]) -> tuple[dict[Visibility, set[str]], str]:
    """On which pages each post is found, and the text of the owner's profile."""
    shared = {
        "home": "/",
        "public": "/public",
        "tag": "/tags/shared",
        "profile": f"/@{OWNER}",
        "with_replies": f"/@{OWNER}/with_replies",
        "notifications": "/notifications",
    }
    found: dict[Visibility, set[str]] = {level: set() for level in Visibility}
    profile = ""
    for name, path in shared.items():
        page = await browser.get(path)
        assert page.status < 500, page.text
        if name == "home" and not browser.cookies:
            # Visitors find the public timeline there.
            continue
        if name == "profile":
            profile = page.text if page.status == 200 else ""
        for level in Visibility:
            if f"marker-{level}" in page.text:
                found[level].add(name)
    for level, post_id in ids.items():
        for name, path in (("post", f"/@{OWNER}/{post_id}"), ("history", f"/@{OWNER}/{post_id}/history")):
            page = await browser.get(path)
            assert page.status in {200, 404}
            shown = f"marker-{level}" in page.text
            assert shown is (page.status == 200)
            if shown:
                found[level].add(name)
    return found, profile


@pytest.mark.parametrize("storage", ["sqlite", "postgresql"])
async def test_every_page_shows_each_level_to_those_who_may_see_it_and_to_nobody_else(
    make_data: MakeData, storage: str, request: pytest.FixtureRequest
) -> None:
    configuration = ""
    if storage == "postgresql":
        configuration = f'[sites.main]\nstorage = "{request.getfixturevalue("postgres_database")}"\n'
    data = make_data(configuration)
    ids = await seed(data)
    wrong: list[str] = []
    with site_server(data) as server:
        for viewer in VIEWERS:
            async with Browser(server.port) as browser:
                if viewer != "anonymous":
                    assert (await log_in(browser, f"{viewer}_x", PASSWORD)).status == 303
                found, profile = await look(browser, ids)
            for level in Visibility:
                if found[level] != expected(level, viewer):
                    wrong.append(
                        f"{level} as {viewer}: on {sorted(found[level])}, "
                        f"should be on {sorted(expected(level, viewer))}"
                    )
            counted = re.search(r"<b>(\d+)</b> posts?\b", profile)
            if viewer == "blocked":
                assert profile == ""
            else:
                assert counted is not None
                assert counted[1] == "2", f"the count of {viewer} includes posts that not everybody may see"
    assert wrong == []
