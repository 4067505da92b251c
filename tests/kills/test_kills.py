"""Kill the serving process under load, again and again, and look for what was lost or left half done."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser
from microblog_core.testing.servers import free_port

from .conftest import Install, NewBrowser
from .consistency import check_everything, content
from .harness import LIFTED, Installation, newcomers, post

ROUNDS = int(os.environ.get("MICROBLOG_KILL_ROUNDS", "20"))
WRITERS = int(os.environ.get("MICROBLOG_KILL_WRITERS", "200"))
FOLLOWED = 5
LOAD_SECONDS = (0.3, 1.5)
SECONDS = 600

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * SECONDS)]


class Writers:
    """People who write as fast as the site lets them, and remember what it acknowledged."""

    def __init__(self, browsers: list[Browser], names: list[str]) -> None:
        self._browsers = browsers
        self._names = names
        self.acknowledged: set[str] = set()
        self.sent: set[str] = set()
        self.cut_off = 0
        self.at_the_next: Callable[[], None] | None = None
        self._heard = asyncio.Event()

    async def next_acknowledgement(self, load: asyncio.Task[None]) -> None:
        """Wait until one of the writers is told that a post was published."""
        self._heard.clear()
        heard = asyncio.create_task(self._heard.wait())
        await asyncio.wait({load, heard}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        assert heard.done(), f"nothing is acknowledged: {load}"

    async def write_until_the_end(self, round_number: int) -> None:
        """All write at the same time; this ends when every connection is gone."""
        self.cut_off = 0
        await asyncio.gather(*(self._write(number, round_number) for number in range(len(self._browsers))))

    async def _write(self, number: int, round_number: int) -> None:
        browser, count = self._browsers[number], 0
        try:
            form = (await browser.get("/compose")).form("text")
            while True:
                marker, count = f"r{round_number}w{number}n{count}", count + 1
                self.sent.add(marker)
                page = await post(browser, form, self._text(marker))
                assert page.acknowledged, f"{marker} was answered with {page.status}: {page.text}"
                self.acknowledged.add(marker)
                self._heard.set()
                if self.at_the_next is not None:
                    strike, self.at_the_next = self.at_the_next, None
                    strike()
        except ConnectionError:
            self.cut_off += 1

    def _text(self, marker: str) -> str:
        named = random.choice(self._names)
        return f"{marker} hello @{named} and good morning #greetings #{secrets.token_hex(2)}x"


async def _follow_some(browsers: list[Browser], names: list[str]) -> None:
    """Everybody follows the next few, so that each post is written together with home rows."""

    async def follow(number: int) -> None:
        for step in range(1, FOLLOWED + 1):
            name = names[(number + step) % len(names)]
            page = await browsers[number].get(f"/@{name}")
            form = next(
                each for each in page.forms() if each.action.endswith("/follow") or _follows(each.buttons)
            )
            button = form.action if form.action.endswith("/follow") else _follows(form.buttons)
            answered = await browsers[number].submit(form, button=button)
            assert answered.acknowledged, answered.text

    await asyncio.gather(*(follow(number) for number in range(len(names))))


def _follows(buttons: frozenset[str]) -> str:
    return next((button for button in buttons if button.partition("?")[0].endswith("/follow")), "")


async def test_a_killed_server_loses_nothing_that_it_acknowledged_and_leaves_nothing_half_written(
    new_site: Install, new_browser: NewBrowser, tmp_path: Path
) -> None:
    site = new_site(LIFTED)
    server = site.server(port=free_port())
    names = [f"writer{secrets.token_hex(3)}x{number}" for number in range(WRITERS)]
    try:
        server.start()
        browsers = await newcomers(new_browser, server.port, names)
        await _follow_some(browsers, names)
        writers = Writers(browsers, names)
        for number in range(ROUNDS):
            await _load_and_kill(writers, number, server.kill)
            await _check_what_is_left(site, writers, tmp_path)
            before = await _content(site, tmp_path)
            logged = len(server.output())
            server.start(timeout=30)
            said = server.output()[logged:].lower()
            assert not {"traceback", "repair"} & set(said.split()), said
            assert await _content(site, tmp_path) == before, "the start changed what was stored"
            await _check_that_the_site_shows_it(server.port, writers, names)
    finally:
        server.kill()


async def _load_and_kill(writers: Writers, number: int, kill: Callable[[], None]) -> None:
    """Kill at a random moment under load; every second time right after an acknowledgement: was it true?"""
    load = asyncio.create_task(writers.write_until_the_end(number))
    await writers.next_acknowledgement(load)
    await asyncio.sleep(random.uniform(*LOAD_SECONDS))
    if number % 2:
        writers.at_the_next = kill
    else:
        kill()
    await asyncio.wait_for(load, 60)
    assert writers.cut_off == WRITERS, "the server was killed while some had stopped writing"


async def _check_what_is_left(site: Installation, writers: Writers, scratch: Path) -> None:
    async with site.look(scratch) as database:
        stored = Counter(text.split()[0] for (text,) in await database.rows("SELECT text FROM posts"))
        lost = writers.acknowledged - stored.keys()
        assert not lost, f"{len(lost)} acknowledged posts are gone, such as {sorted(lost)[:5]}"
        assert stored.keys() <= writers.sent, "there are posts that nobody wrote"
        assert max(stored.values()) == 1, "a post that was sent once is stored twice"
        await check_everything(database)


async def _content(site: Installation, scratch: Path) -> dict[str, list[tuple[object, ...]]]:
    async with site.look(scratch) as database:
        return await content(database)


async def _check_that_the_site_shows_it(port: int, writers: Writers, names: list[str]) -> None:
    async with Browser(port) as reader:
        assert (await reader.get("/")).status == 200
        for marker in random.sample(sorted(writers.acknowledged), 5):
            number = int(marker.partition("w")[2].partition("n")[0])
            own = [each for each in writers.acknowledged if f"w{number}n" in each]
            newest = max(
                own, key=lambda each: tuple(int(part) for part in each[1:].replace("w", "n").split("n"))
            )
            page = await reader.get(f"/@{names[number]}")
            assert f"{newest} " in page.text, f"{newest} is not on its author's page"
