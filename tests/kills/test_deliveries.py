"""Kill whatever takes part in delivering mentions - web process, workers, scheduler, Redis - at random
moments. With MICROBLOG_KILLS=50 and MICROBLOG_KILL_POSTS=2000 it takes longer and says more.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser
from microblog_core.testing.redis import RedisServer
from microblog_core.testing.servers import BackgroundProcess, free_port

from .conftest import Install, NewBrowser
from .harness import LIFTED, Installation, newcomers, post
from .recording import deliveries, install_channel

KILLS = int(os.environ.get("MICROBLOG_KILLS", "12"))
POSTS = int(os.environ.get("MICROBLOG_KILL_POSTS", "400"))
WRITERS = 20
BETWEEN_KILLS = (0.3, 2.0)
CUT_SECONDS = 3.0
"""What began so long before its process was killed may have been cut, or its end not be written."""
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
async def test_every_mention_is_delivered_and_only_what_a_kill_cut_is_delivered_twice(
    queue: str,
    new_site: Install,
    new_browser: NewBrowser,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    site = new_site(LIFTED)
    environment = install_channel(tmp_path / "installed")
    killer = Killer()
    running: list[BackgroundProcess] = []
    server = site.server(port=free_port(), env=environment)
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
            running.append(site.background(name.replace(" ", "-"), *command, env=environment))
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
        await _wait_until_nothing_waits(site, environment, tmp_path)
    finally:
        server.kill()
        for each in running:
            each.kill()
    print(f"killed {dict(killer.kills)}")
    _check_deliveries(writers.published, killer.killed_at, environment)


def pid_of(process: BackgroundProcess) -> Callable[[], int]:
    return lambda: process.pid


async def _wait_until_nothing_waits(
    site: Installation, environment: Mapping[str, str], scratch: Path
) -> None:
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
    published: set[str], killed_at: Mapping[int, float], environment: Mapping[str, str]
) -> None:
    found = deliveries(environment)
    markers = Counter(marker for marker, _ in found)
    missing = published - markers.keys()
    assert not missing, f"{len(missing)} mentions were not delivered, such as {sorted(missing)[:5]}"
    assert set(markers.values()) == {1}, "a mention has several notifications"
    twice = 0
    for (marker, _), attempts in found.items():
        assert attempts[-1].sent, f"{marker} was never delivered to its end"
        for earlier in attempts[:-1]:
            twice += 1
            died = killed_at.get(earlier.process)
            assert died is not None, f"{marker} was delivered twice without a kill: {attempts}"
            assert died - earlier.began < CUT_SECONDS, f"{marker} was no longer under way: {attempts}"
    print(f"{len(found)} mentions delivered, {twice} of them again after a kill had cut them")


def test_the_check_finds_what_it_is_there_for(tmp_path: Path) -> None:
    environment = install_channel(tmp_path / "installed")
    file = Path(environment["RECORDED_DELIVERIES"])
    line = '["{}", "1:x", "{}", {}, {}]\n'.format
    whole = line("begun", "m1", 10, 100.0) + line("sent", "m1", 10, 100.1)
    again = line("begun", "m1", 11, 105.0) + line("sent", "m1", 11, 105.1)
    file.write_text(whole)
    _check_deliveries({"m1"}, {}, environment)
    with pytest.raises(AssertionError, match="not delivered"):
        _check_deliveries({"m1", "m2"}, {}, environment)
    file.write_text(whole + again)
    _check_deliveries({"m1"}, {10: 100.5}, environment)
    with pytest.raises(AssertionError, match="without a kill"):
        _check_deliveries({"m1"}, {}, environment)
    with pytest.raises(AssertionError, match="no longer under way"):
        _check_deliveries({"m1"}, {10: 104.9}, environment)
