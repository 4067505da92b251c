"""Kill whatever takes part in mailing mentions - web process, workers, scheduler, Redis - at random
moments. With MICROBLOG_KILLS=50 and MICROBLOG_KILL_POSTS=2000 it takes longer and says more.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser
from microblog_core.testing.redis import RedisServer
from microblog_core.testing.servers import BackgroundProcess, free_port

from .conftest import Install, NewBrowser
from .harness import LIFTED, Installation, newcomers, post
from .mailbox import Delivery, Mailbox, process_at

KILLS = int(os.environ.get("MICROBLOG_KILLS", "12"))
POSTS = int(os.environ.get("MICROBLOG_KILL_POSTS", "400"))
WRITERS = 20
BETWEEN_KILLS = (0.3, 2.0)
CUT_SECONDS = 2.0
"""What was taken so long before its process was killed may have been cut: its end was not written."""
DONE_SECONDS = 120
SECONDS = 1800

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS)]


class Writers:
    """People who mention one another until all posts are there, whatever happens to the site meanwhile.

    They keep step with the kills, so that something is always on its way when something dies.
    """

    def __init__(self, browsers: list[Browser], names: list[str]) -> None:
        self._browsers, self._names = browsers, names
        self._left = POSTS
        self._open = asyncio.Semaphore(0)
        self.published: set[str] = set()

    def allow(self, posts: int) -> None:
        for _ in range(posts):
            self._open.release()

    async def write(self) -> None:
        await asyncio.gather(*(self._write(number) for number in range(len(self._browsers))))

    async def _write(self, number: int) -> None:
        browser = self._browsers[number]
        others = [name for name in self._names if name != self._names[number]]
        form = None
        while self._left:
            self._left -= 1
            marker, key = f"m{self._left}", secrets.token_urlsafe(12)
            await self._open.acquire()
            while marker not in self.published:
                try:
                    form = form or (await browser.get("/compose")).form("text")
                    page = await post(browser, form, f"{marker} hello @{random.choice(others)}", key)
                except OSError:
                    await asyncio.sleep(0.1)
                    continue
                if page.acknowledged:
                    self.published.add(marker)
                else:
                    assert page.status >= 500, f"{marker} was answered with {page.status}: {page.text}"
                    await asyncio.sleep(0.1)


class Killer:
    """Kills parts and starts them again; knows when which process was killed."""

    def __init__(self) -> None:
        self.killed_at: dict[int, float] = {}
        self.kills: Counter[str] = Counter()
        self._parts: dict[str, tuple[Callable[[], int], Callable[[], None], Callable[[], None]]] = {}

    def add(
        self, name: str, pid: Callable[[], int], kill: Callable[[], None], start: Callable[[], None]
    ) -> None:
        self._parts[name] = (pid, kill, start)

    async def strike(self) -> None:
        name = random.choice(sorted(self._parts))
        pid, kill, start = self._parts[name]
        victim = pid()
        kill()
        self.killed_at[victim] = time.time()
        self.kills[name] += 1
        await asyncio.to_thread(start)


@pytest.mark.parametrize("queue", ["embedded", "redis"])
async def test_every_mention_is_mailed_and_only_what_a_kill_cut_is_mailed_twice(
    queue: str,
    new_site: Install,
    new_browser: NewBrowser,
    mailbox: Mailbox,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    site = new_site(LIFTED)
    site.configure(mailbox.settings)
    killer = Killer()
    running: list[BackgroundProcess] = []
    server = site.server(port=free_port())
    killer.add("web", lambda: server.pid, server.kill, server.start)
    if queue == "redis":
        redis: RedisServer = request.getfixturevalue("redis_server")
        site.configure(f'[jobs]\nbroker = "{redis.url}"\n')
        killer.add("redis", lambda: redis.pid, redis.kill, redis.start)
        commands = {
            "worker and relay": ("worker", "--concurrency", "16"),
            "worker": ("worker", "--no-relay", "--concurrency", "16"),
            "scheduler": ("scheduler",),
        }
        for name, command in commands.items():
            running.append(site.background(name.replace(" ", "-"), *command))
            killer.add(name, pid_of(running[-1]), running[-1].kill, running[-1].start)
    try:
        server.start()
        for each in running:
            each.start()
        names = [f"writer{secrets.token_hex(3)}x{number}" for number in range(WRITERS)]
        writers = Writers(await newcomers(new_browser, server.port, names), names)
        writing = asyncio.create_task(writers.write())
        for number in range(KILLS):
            writers.allow(POSTS * (number + 1) // KILLS - POSTS * number // KILLS)
            await asyncio.sleep(random.uniform(*BETWEEN_KILLS))
            await killer.strike()
        await asyncio.wait_for(writing, DONE_SECONDS)
        assert len(writers.published) == POSTS
        await _wait_until_nothing_waits(site, tmp_path)
    finally:
        server.kill()
        for each in running:
            each.kill()
    print(f"killed {dict(killer.kills)}")
    _check_deliveries(writers.published, killer.killed_at, mailbox.deliveries())


def pid_of(process: BackgroundProcess) -> Callable[[], int]:
    return lambda: process.pid


async def _wait_until_nothing_waits(site: Installation, scratch: Path) -> None:
    """Until no job is left but the tickers of schedules; none failed for good."""
    deadline = time.monotonic() + DONE_SECONDS
    statement = "SELECT kind, state, attempts, error FROM jobs WHERE kind NOT LIKE 'schedules.%'"
    while True:
        async with site.look(scratch) as database:
            rows = await database.rows(statement)
        assert not [row for row in rows if row[1] == "dead"], rows
        if not rows:
            return
        assert time.monotonic() < deadline, f"{len(rows)} jobs are stuck, such as {rows[:3]}"
        await asyncio.sleep(0.5)


def _check_deliveries(
    published: set[str], killed_at: Mapping[int, float], found: Mapping[str, Sequence[Delivery]]
) -> None:
    missing = published - found.keys()
    assert not missing, f"{len(missing)} mentions were not mailed, such as {sorted(missing)[:5]}"
    cut: list[float] = []
    for marker, mails in found.items():
        for earlier in mails[:-1]:
            died = killed_at.get(earlier.process)
            assert died is not None, f"{marker} was mailed twice without a kill: {mails}"
            cut.append(died - earlier.taken)
            assert cut[-1] < CUT_SECONDS, f"{marker} was no longer under way: {mails}"
    late = f", at most {max(cut):.2f} s after they were taken" if cut else ""
    print(f"{len(found)} mentions mailed, {len(cut)} of them again after a kill had cut them{late}")


def test_the_check_finds_what_it_is_there_for() -> None:
    first, again = Delivery(10, 100.0), Delivery(11, 105.0)
    _check_deliveries({"m1"}, {}, {"m1": [first]})
    with pytest.raises(AssertionError, match="not mailed"):
        _check_deliveries({"m1", "m2"}, {}, {"m1": [first]})
    _check_deliveries({"m1"}, {10: 100.5}, {"m1": [first, again]})
    with pytest.raises(AssertionError, match="without a kill"):
        _check_deliveries({"m1"}, {}, {"m1": [first, again]})
    with pytest.raises(AssertionError, match="no longer under way"):
        _check_deliveries({"m1"}, {10: 104.9}, {"m1": [first, again]})


def test_a_connection_is_traced_to_its_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            assert process_at(client.getsockname()[1]) == os.getpid()
        assert process_at(server.getsockname()[1]) == 0
