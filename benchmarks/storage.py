"""Measures SQLite storage alone beside bare sqlite3: `python -m benchmarks.storage`.

One process, one file, the same data for both: accounts that follow fifty others each, and posts in fan-out
home rows. The bare side runs the shortest query for the same rows and leaves them as tuples, or writes the
same rows with the same pragmas in groups as large. Figures are microseconds of processor time, the median of
several rounds; only their ratio says anything on another machine.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from microblog_core.defaults.timelines import Hybrid
from microblog_core.domain.accounts import Account
from microblog_core.domain.ids import COUNTER_BITS
from microblog_core.domain.posts import Post
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports.operations import AddAccount, AddFollow, AddPost, FanOut, Operation
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.world import make_ports
from microblog_plugins.ranked.settings import RankedSettings
from microblog_plugins.ranked.timeline import Ranked
from microblog_plugins.sql.connection import connect
from microblog_plugins.sql.rows import ACCOUNT, POST, columns, insert
from microblog_plugins.sql.sqlite import SqliteStorage
from microblog_plugins.sql.sqlite_tools import SqliteTools

FOLLOWS = 50
GROUP = 32
ROUNDS = 7
TEXT = "A post of about a hundred characters, which is what people write on an average day, more or less."
FIRST = 115_000_000_000_000_000

Read = Callable[[], Awaitable[object]]

_ROWS = f"SELECT {columns(POST, 'p')}, {columns(ACCOUNT, 'a')}"
BARE_HOME = (
    f"{_ROWS} FROM home_rows h CROSS JOIN posts p CROSS JOIN accounts a WHERE h.account_id = ?"
    " AND p.id = h.post_id AND a.id = p.account_id ORDER BY h.post_id DESC LIMIT 20"
)
BARE_PUBLIC = (
    f"{_ROWS} FROM posts p INDEXED BY posts_listed CROSS JOIN accounts a WHERE p.listed"
    " AND a.id = p.account_id ORDER BY p.id DESC LIMIT 20"
)
BARE_POST = f"{_ROWS} FROM posts p CROSS JOIN accounts a WHERE p.id = ? AND a.id = p.account_id"
BARE_PROFILE = (
    f"{_ROWS} FROM posts p CROSS JOIN accounts a WHERE p.account_id = ? AND a.id = p.account_id"
    " ORDER BY p.id DESC LIMIT 20"
)


def post(number: int, author: int) -> Post:
    """A plain public post."""
    identifier = FIRST + number
    html = f"<p>{TEXT}</p>"
    return Post(
        id=identifier, account_id=author, text=TEXT, html=html, thread_id=identifier, created_at=number
    )


async def seed(storage: SqliteStorage, accounts: int, posts: int) -> None:
    """People who follow one another, and posts with their home rows."""
    chance = random.Random(1)
    people: list[Operation] = [
        AddAccount(account=Account(id=number, username=f"person{number}x", created_at=0, bio=TEXT))
        for number in range(1, accounts + 1)
    ]
    await storage.commit(people)
    for number in range(1, accounts + 1):
        followed = chance.sample([other for other in range(1, accounts + 1) if other != number], FOLLOWS)
        follows = [
            AddFollow(id=number * 1000 + place, follower_id=number, followee_id=other, created_at=0)
            for place, other in enumerate(followed)
        ]
        await storage.commit(follows)
    for start in range(0, posts, 200):
        units: list[Operation] = []
        for number in range(start, start + 200):
            written = post(number, chance.randint(1, accounts))
            units += [AddPost(post=written), FanOut(post_id=written.id, author_id=written.account_id)]
        await storage.commit(units)


async def reading(work: Read, times: int) -> float:
    """Microseconds of processor time for each call."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            await work()
        taken.append((time.process_time() - began) / times * 1e6)
    return statistics.median(taken)


def bare(connection: sqlite3.Connection, statement: str, *values: int) -> Read:
    """A query as short as can be."""
    cursor = connection.cursor()

    async def run() -> object:
        return cursor.execute(statement, values).fetchall()

    return run


async def publishing(write: Callable[[list[Post]], Awaitable[None]], first: int, accounts: int) -> float:
    """Microseconds of processor time for each post with its home rows."""
    chance, taken = random.Random(2), []
    for number in range(ROUNDS):
        start = first + number * GROUP * 8
        groups = [
            [post(start + group * GROUP + place, chance.randint(1, accounts)) for place in range(GROUP)]
            for group in range(8)
        ]
        began = time.process_time()
        for group in groups:
            await write(group)
        taken.append((time.process_time() - began) / (GROUP * 8) * 1e6)
    return statistics.median(taken)


_COUNT = "UPDATE accounts SET posts_count = posts_count + 1 WHERE id = ?"
_FAN_OUT = "INSERT INTO home_rows SELECT follower_id, ? FROM follows WHERE followee_id = ?"
_POST = insert("posts", [*POST, "answer", "listed"])


def bare_writer(connection: sqlite3.Connection) -> Callable[[list[Post]], Awaitable[None]]:
    """The same rows, written by hand in one transaction."""
    cursor = connection.cursor()

    async def write(group: list[Post]) -> None:
        cursor.execute("BEGIN IMMEDIATE")
        for one in group:
            values = {name: getattr(one, name) for name in POST} | {"answer": False, "listed": True}
            values |= {"visibility": "public", "delivery": "rows", "mentions": "[]", "tags": "[]"}
            values |= {"attachments": "[]"}
            cursor.execute(_COUNT, (one.account_id,))
            cursor.execute(_POST, values)
            cursor.execute(_FAN_OUT, (one.id, one.account_id))
            cursor.execute("INSERT INTO home_rows VALUES (?, ?)", (one.account_id, one.id))
        cursor.execute("INSERT INTO changes (origin, keys) VALUES ('bare', '[]')")
        cursor.execute("COMMIT")

    return write


def storage_writer(storage: SqliteStorage) -> Callable[[list[Post]], Awaitable[None]]:
    """As many units of work at once, each of one post."""

    async def write(group: list[Post]) -> None:
        await asyncio.gather(
            *(
                storage.commit((AddPost(post=one), FanOut(post_id=one.id, author_id=one.account_id)))
                for one in group
            )
        )

    return write


class Ranking:
    """Pages of the ranked timeline of the same person; the second one in the order of the first."""

    def __init__(self, storage: SqliteStorage) -> None:
        self._storage = storage
        ports = make_ports(storage=storage, clock=FrozenClock((FIRST >> COUNTER_BITS) + 3600_000))
        hybrid = Hybrid()
        self._strategy = Ranked(RankedSettings(), lambda: hybrid, lambda: ports)
        self._older: int | None = None

    async def first(self) -> object:
        """The newest posts, ordered."""
        listing = await self._strategy.shown(self._storage, 7, Page())
        self._older = listing.older
        return listing

    async def second(self) -> object:
        """What comes behind them."""
        return await self._strategy.shown(self._storage, 7, Page(max_id=self._older))


def line(name: str, ours: float, theirs: float) -> None:
    """One line of the report."""
    print(f"{name:<28}{ours:>10.0f}{theirs:>10.0f}{theirs / ours:>9.0%}")


async def main() -> None:
    """Seed, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage", description=__doc__)
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=300, help="calls in each round")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="microblog-bench-") as folder:
        path = Path(folder) / "storage.db"
        SqliteTools(f"sqlite:///{path}").migrate()
        storage = SqliteStorage(f"sqlite:///{path}")
        await storage.open()
        await seed(storage, given.accounts, given.posts)
        connection = connect(str(path))
        timelines, page = storage.timelines, Page()
        older, single = Page(max_id=FIRST + given.posts // 2), FIRST + 9
        bare_home, bare_post = bare(connection, BARE_HOME, 7), bare(connection, BARE_POST, single)
        bare_public, bare_profile = bare(connection, BARE_PUBLIC), bare(connection, BARE_PROFILE, 9)
        profile = functools.partial(timelines.profile, 7, "person9x", "", page, replies=False)
        cases: list[tuple[str, Read, Read]] = [
            ("home", lambda: timelines.home(7, page, HomeSource.ROWS), bare_home),
            ("home, older page", lambda: timelines.home(7, older, HomeSource.ROWS), bare_home),
            ("home, found on reading", lambda: timelines.home(7, page, HomeSource.FOLLOWS), bare_home),
            ("public, anonymous", lambda: timelines.public(None, page), bare_public),
            ("public, signed in", lambda: timelines.public(7, page), bare_public),
            ("profile, signed in", profile, bare_profile),
            ("single post", lambda: storage.posts.get(7, single), bare_post),
            ("thread of one", lambda: storage.posts.thread(7, single), bare_post),
        ]
        print(f"{'microseconds':<28}{'storage':>10}{'bare':>10}{'ratio':>9}")
        for name, ours, theirs in cases:
            line(name, await reading(ours, given.times), await reading(theirs, given.times))
        plain = await publishing(bare_writer(connection), given.posts, given.accounts)
        grouped = await publishing(storage_writer(storage), given.posts * 2, given.accounts)
        line("publish, 32 at once", grouped, plain)
        ranking = Ranking(storage)
        print(f"\n{'microseconds':<28}{'ranked':>10}{'by time':>10}{'ratio':>9}")
        for name, ours in (("first page", ranking.first), ("second page", ranking.second)):
            read = functools.partial(timelines.home, 7, Page(), HomeSource.ROWS)
            line(name, await reading(ours, given.times), await reading(read, given.times))
        connection.close()
        await storage.close()


if __name__ == "__main__":
    asyncio.run(main())
