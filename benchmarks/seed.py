"""Fills a data folder with the CLI's `demo`, and finds the people and pages that the loads use."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.load import UNIQUE, Load, Request
from microblog_core.config import load_config
from microblog_core.http.sessions import SESSION_COOKIE
from microblog_core.services.sessions import open_session
from microblog_core.site import compose_site
from microblog_core.testing.browser import Browser
from microblog_core.testing.servers import microblog_command
from microblog_core.testing.tokens import make_token

DATABASE = "microblog.db"
FOLLOWED = 50
API = "api-"
"""What is read through the API is named so."""
READERS = 200
AUTHORS = 100
PROFILES = 1000
WORDS = "A note of about a hundred and ten characters, as people write them every day, with a tag #benchmark"
LIFTED = ("publish", "register_application", "api", "api_account", "api_anonymous")
SETTINGS = '[sites.main]\nregistrations = "open"\n[sites.main.rates]\n' + "".join(
    f"{name} = [1000000000, 1.0]\n" for name in LIFTED
)


@dataclass(frozen=True)
class Size:
    """How much there is: accounts, each following `FOLLOWED`, and posts."""

    accounts: int
    posts: int

    def times(self, factor: int) -> Size:
        return Size(self.accounts * factor, self.posts * factor)

    def __str__(self) -> str:
        return f"{self.accounts:,} accounts and {self.posts:,} posts"


@dataclass(frozen=True)
class Person:
    """An account with an open session, and an access token."""

    id: int
    username: str
    cookie: str
    token: str


@dataclass(frozen=True)
class World:
    """What the loads need to know of a seeded site."""

    readers: Sequence[Person]
    authors: Sequence[Person]
    profile: tuple[int, str]
    profiles: Sequence[tuple[int, str]]
    thread: tuple[int, str]

    def page(self, name: str) -> Load:
        """The load of a page by its name, as the site takes it."""
        paths = {
            "public": "/public",
            "profile": self.profile[1],
            "thread": self.thread[1],
            "api-public": "/api/v1/timelines/public",
            "api-home": "/api/v1/timelines/home",
            "api-profile": f"/api/v1/accounts/{self.profile[0]}/statuses",
            "api-credentials": "/api/v1/accounts/verify_credentials",
        }
        if name == "home":
            return Load([Request("/", reader.cookie) for reader in self.readers])
        if name in ("api-home", "api-credentials"):
            return Load([Request(paths[name], token=reader.token) for reader in self.readers])
        if name == "profiles":
            return Load([Request(path) for _, path in self.profiles])
        return Load([Request(paths[name])])

    def probe(self, name: str, kind: str) -> Load:
        """The load of a page's probe: `bytes` alone, or `rows` first."""
        name, page = name.removeprefix(API), name
        keys = {"public": [0], "profile": [self.profile[0]], "thread": [self.thread[0]]}
        keys["home"] = [reader.id for reader in self.readers]
        keys["profiles"] = [key for key, _ in self.profiles]
        keys["credentials"] = keys["home"]
        return Load([Request(f"/{kind}/{page}", f"viewer={key}") for key in keys[name]])


def configure(data: Path) -> None:
    """Lift the limits that loads would meet."""
    (data / "microblog.toml").write_text(SETTINGS)


def seed(data: Path, size: Size) -> float:
    """Make a site of this size in a new data folder; seconds that `demo` took."""
    data.mkdir(parents=True, exist_ok=True)
    configure(data)
    began = time.perf_counter()
    options = ("--accounts", str(size.accounts), "--posts", str(size.posts), "--follows", str(FOLLOWED))
    subprocess.run(
        microblog_command("--data", str(data), "demo", *options), check=True, stdin=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def look_around(data: Path) -> World:
    """Choose readers who follow about 50, authors with about 50 followers, a profile and a thread."""
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as connection:
        readers = connection.execute(_NEAREST.format(count="following_count"), (FOLLOWED, READERS)).fetchall()
        authors = connection.execute(_NEAREST.format(count="followers_count"), (FOLLOWED, AUTHORS)).fetchall()
        profiles = connection.execute(_NEAREST.format(count="id"), (0, PROFILES)).fetchall()
        (profile,) = connection.execute(_NEAREST.format(count="posts_count"), (10_000, 1)).fetchall()
        thread = connection.execute(_THREAD).fetchone()
    people = asyncio.run(_log_in(data, dict.fromkeys([*readers, *authors])))
    return World(
        readers=[people[row] for row in readers],
        authors=[people[row] for row in authors],
        profile=(profile[0], f"/@{profile[1]}"),
        profiles=[(key, f"/@{name}") for key, name in profiles],
        thread=(thread[0], f"/@{thread[2]}/{thread[0]}"),
    )


_NEAREST = (
    "SELECT id, username FROM accounts WHERE state = 'active' AND posts_count > 0"
    " ORDER BY abs({count} - ?), id LIMIT ?"
)
_THREAD = (
    "SELECT p.thread_id, count(*), a.username FROM posts p JOIN posts r ON r.id = p.thread_id"
    " JOIN accounts a ON a.id = r.account_id WHERE r.listed AND r.id = r.thread_id"
    " GROUP BY p.thread_id ORDER BY abs(count(*) - 10), p.thread_id DESC LIMIT 1"
)


async def _log_in(data: Path, rows: dict[tuple[int, str], None]) -> dict[tuple[int, str], Person]:
    """Open a session for each account; the server that is measured finds them in its database."""
    config = load_config(data)
    people = {}
    async with compose_site(config, config.sites[0]) as site:
        for row in rows:
            account = await site.storage.accounts.get(row[0])
            assert account is not None
            session = await open_session(site.ports, account, user_agent="bench")
            token = await make_token(site.ports, account, "read write")
            people[row] = Person(row[0], row[1], f"{SESSION_COOKIE}={session.token}", token)
    return people


async def capture(world: World, port: int, folder: Path, names: Sequence[str]) -> dict[str, int]:
    """Save each page as the site sends it, for the probes to send; the sizes in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "empty").write_bytes(b"")
    sizes = {}
    for name in names:
        request = world.page(name).requests[0]
        headers = {"authorization": f"Bearer {request.token}"} if request.token else {}
        async with _browser(port, request.cookie) as browser:
            page = await browser.get(request.path, follow=False, headers=headers)
        posts = page.text.count('"spoiler_text"' if name.startswith(API) else "<article")
        if page.status != 200 or (posts < 5 and name != "api-credentials"):
            raise SystemExit(f"bench: {request.path} answers {page.status} with too few posts to be measured")
        (folder / name).write_bytes(page.body)
        sizes[name] = len(page.body)
    return sizes


async def publications(world: World, port: int) -> tuple[Load, Load]:
    """What the authors send to the site's form for writing, and the same form for the probe."""
    requests, bare = [], []
    for author in world.authors:
        async with _browser(port, author.cookie) as browser:
            form = (await browser.get("/compose")).form("text")
        fields = {**form.fields, "text": f"{WORDS} {UNIQUE}"}
        if "once" in fields:
            fields["once"] = f"bench-{UNIQUE}"
        requests.append(Request(form.action, author.cookie, urlencode(fields)))
        bare.append(Request("/publish", f"viewer={author.id}", urlencode(fields)))
    return Load(requests), Load(bare)


def rows_in(database: Path) -> dict[str, int]:
    """How many rows each table has that a publication may write to."""
    tables = "posts post_tags post_mentions home_rows idempotency_keys jobs notifications audit".split()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use."""
    target.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(source)) as one,
        contextlib.closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)


def _browser(port: int, cookie: str) -> Browser:
    browser = Browser(port)
    if cookie:
        name, _, value = cookie.partition("=")
        browser.cookies[name] = value
    return browser
