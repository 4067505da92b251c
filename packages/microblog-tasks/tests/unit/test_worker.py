from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from taskiq import TaskiqMiddleware

from microblog_core.contributions import Manifest
from microblog_core.domain.errors import ConfigurationError
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins.report import PluginReport, PluginState
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy, Schedule
from microblog_core.runtime import executor
from microblog_core.testing.sites import site_with
from microblog_tasks import face
from microblog_tasks.broker import make_broker
from microblog_tasks.contributions import BrokerFactory, TaskMiddleware
from microblog_tasks.face import MemoryBroker
from microblog_tasks.worker import work


class Recording:
    """A plugin with one kind of job; its handler notes keys and raises what it is told to."""

    PLUGIN = Manifest(name="rec")

    def __init__(self, *problems, limit=None, every=0.0):
        self.problems = list(problems)
        self.ran = []
        self.running = self.most = 0
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._limit, self._every = limit, every

    @hookimpl
    def register_jobs(self, site):
        retry = RetryPolicy(tries=3, first_delay=0.01)
        return [JobKind(name="rec.note", handler=self._note, retry=retry, limit=self._limit)]

    async def _note(self, job):
        self.started.set()
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.go_on.wait()
            if self.problems:
                raise self.problems.pop(0)
            self.ran.append(job.key)
        finally:
            self.running -= 1

    @hookimpl
    def register_schedules(self, site):
        return [Schedule(name="often", kind="rec.note", every=self._every)] if self._every else []


async def queue(site, *keys):
    now = site.ports.clock.now()
    unit = site.ports.unit()
    for key in keys:
        unit.outbox.add(
            Job(
                id=site.ports.ids.at(now), kind="rec.note", key=key, payload=b"{}", due_at=now, created_at=now
            )
        )
    await unit.commit()


async def until(condition, *, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class Working:
    """A worker in this process; `async with` starts and stops it."""

    def __init__(self, *sites, url="memory:", **options):
        self.sites, self._url, self._options = sites, url, options
        self.stop = asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.create_task(work(self.sites, self._url, self.stop, **self._options))
        await until(lambda: self.task.done() or all("open" in repr(site) for site in self.sites))
        return self

    async def __aexit__(self, *error):
        self.stop.set()
        await asyncio.wait_for(self.task, 20)


def site_of(plugin, name="test"):
    return site_with({"rec": plugin}, installed=("tasks",), faces=("tasks",), name=name)


def rows(site):
    """The jobs of the plugin; core has schedules of its own."""
    return [job for job in site.ports.storage.queue._tables.jobs.rows.values() if job.kind == "rec.note"]


async def test_jobs_run_once_and_their_rows_go():
    plugin = Recording()
    site = site_of(plugin)
    async with Working(site):
        await queue(site, *(f"k{number}" for number in range(300)))
        await until(lambda: len(plugin.ran) == 300)
        await until(lambda: not rows(site))
    assert sorted(plugin.ran) == sorted({f"k{number}" for number in range(300)})


async def test_failures_are_retried_and_buried_by_the_kind_s_policy():
    plugin = Recording(Temporary("busy"), Permanent("never"))
    site = site_of(plugin)
    async with Working(site, concurrency=1):
        await queue(site, "busy first")
        await until(lambda: plugin.problems == [])
        await queue(site, "later")
        await until(lambda: plugin.ran == ["later"])
        await until(lambda: len(rows(site)) == 1)
        (dead,) = rows(site)
        assert (dead.key, dead.attempts, dead.error) == ("busy first", 2, "Permanent: never")


async def test_several_sites_share_a_broker_and_get_their_own_jobs():
    one, two = Recording(), Recording()
    sites = [site_of(one, "one"), site_of(two, "two")]
    async with Working(*sites):
        await queue(sites[0], "of one")
        await queue(sites[1], "of two")
        await until(lambda: one.ran and two.ran)
    assert (one.ran, two.ran) == (["of one"], ["of two"])


async def test_schedules_run_in_a_worker():
    plugin = Recording(every=0.05)
    async with Working(site_of(plugin)):
        await until(lambda: len(plugin.ran) >= 3)


async def test_of_a_limited_kind_no_more_run_at_a_time(monkeypatch):
    plugin = Recording(limit=2)
    plugin.go_on.clear()
    site = site_of(plugin)
    async with Working(site):
        await queue(site, *"abcdef")
        await until(lambda: plugin.running == 2)
        await asyncio.sleep(0.3)
        plugin.go_on.set()
        await until(lambda: len(plugin.ran) == 6)
    assert plugin.most == 2


async def test_stopping_puts_back_at_once_what_runs_and_what_waits(monkeypatch):
    monkeypatch.setattr(executor, "STOP_SECONDS", 0.1)
    plugin = Recording()
    plugin.go_on.clear()
    site = site_of(plugin)
    async with Working(site, concurrency=2) as working:
        await queue(site, *"abcdef")
        await until(lambda: plugin.running == 2)
        working.stop.set()
        await asyncio.wait_for(working.task, 10)
        assert {job.state for job in rows(site)} == {"queued"}
        assert sorted(job.attempts for job in rows(site)) == [0, 0, 0, 0, 1, 1]


async def test_what_stays_in_the_process_is_refused_where_processes_must_share():
    for options in ({"relay": False}, {"concurrency": 0}):
        with pytest.raises(ConfigurationError, match="stays in this process"):
            await work([site_of(Recording())], "memory:", asyncio.Event(), **options)


def test_a_broker_nobody_offers_is_refused_with_those_that_are_known():
    with pytest.raises(ConfigurationError) as caught:
        make_broker("carrier-pigeon://localhost", {"tasks": face})
    assert "memory:" in caught.value.hint


def test_where_nobody_offers_a_broker_the_hint_says_which_plugin_was_left_out_and_why():
    report = PluginReport(
        name="pigeons",
        distribution="pigeons",
        version="1",
        state=PluginState.UNAVAILABLE,
        reason="needs the extra 'pigeons'",
        hint="Get some.",
    )
    with pytest.raises(ConfigurationError) as caught:
        make_broker("pigeon:", {"tasks": face}, [report])
    assert "The plugin pigeons needs the extra 'pigeons'. Get some." in caught.value.hint


def test_a_broken_face_is_left_out_and_the_others_stay(caplog):
    @hookimpl
    def register_brokers():
        raise RuntimeError("boom")

    broken = SimpleNamespace(__name__="broken", register_brokers=register_brokers)
    assert isinstance(make_broker("memory:", {"broken": broken, "tasks": face}), MemoryBroker)
    assert "broken" in caplog.text


def test_two_plugins_with_one_scheme_are_refused_by_name():
    @hookimpl
    def register_brokers():
        return [BrokerFactory(name="other", schemes=("memory",), make=lambda url: MemoryBroker())]

    other = SimpleNamespace(__name__="other", register_brokers=register_brokers)
    with pytest.raises(ConfigurationError, match=r"other\.other"):
        make_broker("memory:", {"tasks": face, "other": other})


async def test_middlewares_of_plugins_see_what_is_sent_and_what_runs():
    seen = []

    class Watching(TaskiqMiddleware):
        def pre_send(self, message):
            seen.append(("send", message.task_name))
            return message

        def pre_execute(self, message):
            seen.append(("run", message.task_name))
            return message

    @hookimpl
    def register_task_middlewares():
        return [TaskMiddleware(name="watch", make=Watching)]

    plugin = Recording()
    faces = SimpleNamespace(register_task_middlewares=register_task_middlewares)
    given = {
        "rec": plugin,
        "watching": {"plugins": SimpleNamespace(PLUGIN=Manifest(name="watching")), "tasks": faces},
    }
    site = site_with(given, installed=("tasks",), faces=("tasks",))
    async with Working(site):
        await queue(site, "k")
        await until(lambda: plugin.ran)
    assert seen[:2] == [("send", "microblog.job"), ("run", "microblog.job")]
