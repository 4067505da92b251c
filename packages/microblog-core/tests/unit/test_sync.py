from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from microblog_core.domain.errors import NotFound, Unavailable
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.timelines import Page
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.timelines import read_public
from microblog_core.sync import Portal
from microblog_core.testing.sites import site_with


class CountedSite:
    """Counts how often it was opened and closed, and in which loop."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.opened = self.closed = 0
        self.problem = problem

    async def open(self) -> None:
        if self.problem:
            raise self.problem
        self.opened += 1

    async def close(self) -> None:
        self.closed += 1


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


def test_an_async_function_is_called_from_synchronous_code_with_its_result():
    site = CountedSite()
    with Portal(site) as portal:
        assert portal.call(double, 21) == 42
        assert portal.call(lambda: asyncio.get_running_loop().is_running())
    assert (site.opened, site.closed) == (1, 1)


def test_what_the_function_raises_reaches_the_caller_as_it_is():
    async def missing() -> None:
        raise NotFound("no such post")

    with Portal(CountedSite()) as portal, pytest.raises(NotFound, match="no such post"):
        portal.call(missing)


def test_many_threads_share_one_loop_and_open_the_site_once():
    site = CountedSite()
    portal = Portal(site)

    def use(number: int) -> tuple[int, int]:
        portal.open()
        return portal.call(double, number), portal.call(threading.get_ident)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(use, range(50)))
    portal.close()
    assert [result for result, _ in results] == [number * 2 for number in range(50)]
    assert len({ident for _, ident in results}) == 1
    assert (site.opened, site.closed) == (1, 1)


def test_a_portal_that_is_not_open_says_so_and_may_be_closed_twice():
    site = CountedSite()
    portal = Portal(site)
    with pytest.raises(Unavailable):
        portal.call(double, 1)
    with portal:
        pass
    portal.close()
    with pytest.raises(Unavailable):
        portal.call(double, 1)
    assert (site.opened, site.closed) == (1, 1)


def test_a_site_that_does_not_open_leaves_no_thread_behind():
    before = threading.active_count()
    with pytest.raises(Unavailable, match="no database"):
        Portal(CountedSite(Unavailable("no database"))).open()
    assert threading.active_count() == before


def test_calling_from_inside_the_loop_is_refused_instead_of_hanging():
    with Portal(CountedSite()) as portal:

        async def inside() -> int:
            return portal.call(double, 1)

        with pytest.raises(RuntimeError, match="own loop"):
            portal.call(inside)


def test_a_script_publishes_on_a_real_site_through_the_portal():
    site = site_with()
    with Portal(site) as portal:
        command = CreateAccount(username="ada", email="ada@example.org", password="correct horse")
        account = portal.call(create_account, site.ports, SYSTEM, command)
        actor = Actor(account=account)
        entry = portal.call(publish_post, site.ports, actor, PublishPost(text="From a script"))
        assert portal.call(read_public, site.ports, actor, Page()).items[0].post == entry.post
