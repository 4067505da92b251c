"""Kill whoever imports an archive, at random moments: every post comes, and none comes twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from microblog_core.config import load_config
from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import Import, ImportKind, ImportPart
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import AddAccount
from microblog_core.services.imports import RequestImport, request_import
from microblog_core.site import Site, compose_site

from .conftest import Install
from .harness import LIFTED, Installation

POSTS = 3000
DONE_SECONDS = 200.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def archive(path: Path) -> bytes:
    """An archive of many posts, each an answer to the one before."""
    me = "https://old.example/users/ada"
    entries = [
        {
            "type": "Create",
            "object": {
                "id": f"{me}/statuses/{number}",
                "type": "Note",
                "attributedTo": me,
                "published": f"2019-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z",
                "inReplyTo": f"{me}/statuses/{number - 1}" if number % 50 else None,
                "to": ["as:Public"],
                "content": f"<p>Post {number}</p>",
            },
        }
        for number in range(POSTS)
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("actor.json", json.dumps({"id": me, "preferredUsername": "ada"}))
        opened.writestr("outbox.json", json.dumps({"orderedItems": entries}))
    return path.read_bytes()


def site_of(installation: Installation) -> Site:
    config = load_config(installation.data)
    return compose_site(config, config.sites[0])


async def join(installation: Installation) -> Account:
    async with site_of(installation) as site:
        now = site.ports.clock.now()
        account = Account(id=site.ports.ids.at(now), username="ada", created_at=now)
        await site.storage.commit([AddAccount(account=account)])
        return account


async def bring(installation: Installation, account: Account, data: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    async with site_of(installation) as site:
        command = RequestImport(
            kind=ImportKind.ARCHIVE, chunks=pieces(), size=len(data), parts=(ImportPart.POSTS,)
        )
        await request_import(site.ports, Actor(account=account), command)


async def look(installation: Installation, account: Account) -> tuple[Import | None, list[str]]:
    """How far the import is, and the texts of all posts."""
    async with site_of(installation) as site:
        storage = site.ports.storage
        items = (await storage.archives.imports(account.id, Page(limit=1))).items
        texts, older = [], None
        while True:
            page = Page(limit=80, max_id=older)
            listing = await storage.timelines.account_posts(account.id, account.id, page)
            texts += [entry.post.text for entry in listing.items]
            older = listing.older
            if older is None:
                return (items[0] if items else None), texts[::-1]


def until(installation: Installation, account: Account, done: int) -> Import:
    """Wait until so many entries are dealt with, or it has ended."""
    deadline = time.monotonic() + DONE_SECONDS

    async def watch() -> Import:
        async with site_of(installation) as site:
            while True:
                items = (await site.ports.storage.archives.imports(account.id, Page(limit=1))).items
                if items and (items[0].ended or items[0].cursor >= done):
                    return items[0]
                assert time.monotonic() < deadline, items
                await asyncio.sleep(0.02)

    return asyncio.run(watch())


def went_on(installation: Installation, account: Account) -> None:
    """It was killed in its midst; else the test would show nothing."""
    item = until(installation, account, 0)
    print(f"killed after {item.cursor} of {POSTS}")
    assert not item.ended, "it was quicker than whoever was to kill it"


def check(installation: Installation, account: Account) -> None:
    item, texts = asyncio.run(look(installation, account))
    assert texts == [f"Post {number}" for number in range(POSTS)]
    assert item is not None
    assert (item.state, item.taken, item.known, item.refused) == ("done", POSTS, 0, 0)


def test_the_command_goes_on_where_it_was_killed(new_site: Install, tmp_path: Path) -> None:
    chance = random.Random(5)
    installation = new_site(LIFTED)
    installation.command("migrate")
    account = asyncio.run(join(installation))
    file = tmp_path / "mine.zip"
    archive(file)
    for number in (1, 2):
        process = installation.background("import", "archive", "import", "ada", str(file), "--part", "posts")
        process.start()
        until(installation, account, number * POSTS // 3)
        time.sleep(chance.uniform(0.0, 0.1))
        process.kill()
        went_on(installation, account)
    installation.command("archive", "import", "ada", str(file), "--part", "posts")
    check(installation, account)


def test_a_server_that_is_killed_goes_on_with_the_import(new_site: Install, tmp_path: Path) -> None:
    installation = new_site(LIFTED)
    installation.command("migrate")
    account = asyncio.run(join(installation))
    asyncio.run(bring(installation, account, archive(tmp_path / "mine.zip")))
    server = installation.server()
    server.start()
    try:
        until(installation, account, POSTS // 4)
        server.kill()
        went_on(installation, account)
        server.start()
        until(installation, account, POSTS)
        time.sleep(1.0)
    finally:
        server.kill()
    check(installation, account)
