from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
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


class NoPorts:
    """What a portal asks of ports before each call."""

    def __init__(self) -> None:
        self.freshened = 0

    def freshen(self) -> None:
        self.freshened += 1


class CountedSite:
    """Counts how often it was opened and closed, and in which loop."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.opened = self.closed = 0
        self.problem = problem
        self.ports = NoPorts()

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


def test_each_call_sees_what_other_processes_wrote_before_it():
    site = CountedSite()
    with Portal(site) as portal:
        portal.call(double, 1)
        portal.call(double, 2)
    assert site.ports.freshened == 2


def test_what_runs_beside_runs_while_the_site_is_open():
    site = CountedSite()
    seen = []

    @contextlib.asynccontextmanager
    async def beside(given: CountedSite) -> AsyncIterator[None]:
        seen.append((given is site, site.opened, site.closed))
        yield
        seen.append((given is site, site.opened, site.closed))

    with Portal(site, background=(beside,)):
        assert seen == [(True, 1, 0)]
    assert seen == [(True, 1, 0), (True, 1, 0)]
    assert site.closed == 1


def test_what_does_not_start_beside_closes_the_site_again():
    site = CountedSite()

    @contextlib.asynccontextmanager
    async def beside(given: CountedSite) -> AsyncIterator[None]:
        raise Unavailable("no broker")
        yield

    with pytest.raises(Unavailable, match="no broker"):
        Portal(site, background=(beside,)).open()
    assert (site.opened, site.closed) == (1, 1)


def test_a_program_that_ends_without_closing_its_portal_still_closes_the_site():
    program = """
import asyncio
import contextlib
import subprocess
import sys
from microblog_core.sync import Portal

class Site:
    class ports:
        freshen = staticmethod(lambda: None)

    async def open(self):
        print("opened")

    async def close(self):
        await asyncio.to_thread(print, "closed in a thread")

Portal(Site()).open()
"""
    ended = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split("\n") == ["opened", "closed in a thread", ""]


def test_a_child_of_the_process_is_told_where_to_open_it():
    program = """
import os
from microblog_core.domain.errors import Unavailable
from microblog_core.sync import Portal

class Site:
    async def open(self):
        pass

    async def close(self):
        print("closed", flush=True)

portal = Portal(Site())
portal.open()
child = os.fork()
if not child:
    try:
        portal.open()
    except Unavailable as error:
        print(error.hint, flush=True)
    portal.close()
    os._exit(0)
os.waitpid(child, 0)
portal.close()
"""
    # From 3.12 on Python warns of just what is tried here.
    quiet = ("-W", "ignore:This process:DeprecationWarning")
    ended = subprocess.run([sys.executable, *quiet, "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split("\n") == ["Open it in the process that serves.", "closed", ""]
