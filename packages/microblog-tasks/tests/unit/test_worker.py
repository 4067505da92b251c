from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from taskiq import AsyncBroker, InMemoryBroker, TaskiqMiddleware

from microblog_core.contributions import Manifest
from microblog_core.domain.errors import ConfigurationError
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.channels import Temporary
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, RetryPolicy
from microblog_core.testing.sites import site_with
from microblog_tasks import face
from microblog_tasks.bind import Binding
from microblog_tasks.broker import make_broker
from microblog_tasks.contributions import BrokerFactory, TaskMiddleware
from microblog_tasks.worker import work


class Recording:
    """A plugin with one kind of job; its handler notes payloads and raises what it is told to."""

    PLUGIN = Manifest(name="rec")

    def __init__(self, *problems: Exception) -> None:
        self.problems = list(problems)
        self.ran: list[bytes] = []
        self.done = asyncio.Event()

    @hookimpl
    def register_jobs(self, site):
        async def handler(job):
            if self.problems:
                raise self.problems.pop(0)
            self.ran.append(job.payload)
            self.done.set()

        retry = RetryPolicy(tries=3, first_delay=0.01)
        return [JobKind(name="rec.note", handler=handler, retry=retry)]


def a_job(site, payload=b'{"n":1}'):
    now = site.ports.clock.now()
    return Job(
        id=site.ports.ids.at(now), kind="rec.note", key="k", payload=payload, due_at=now, created_at=now
    )


async def test_a_worker_runs_the_jobs_of_a_site_through_the_broker(tmp_path):
    plugin = Recording(Temporary("busy"))
    site = site_with({"rec": plugin}, installed=("tasks",), faces=("tasks",))
    stop = asyncio.Event()
    worker = asyncio.create_task(work([site], "memory:", stop))
    while "open" not in repr(site):
        await asyncio.sleep(0.001)
    unit = site.ports.unit()
    unit.outbox.add(a_job(site))
    await unit.commit()
    await asyncio.wait_for(plugin.done.wait(), 10)
    stop.set()
    await asyncio.wait_for(worker, 10)
    assert plugin.ran == [b'{"n":1}']


def test_a_broker_nobody_offers_is_refused_with_those_that_are_known():
    with pytest.raises(ConfigurationError) as caught:
        make_broker("redis://localhost", {"tasks": face})
    assert "memory:" in caught.value.hint


def test_a_broken_face_is_left_out_and_the_others_stay(caplog):
    @hookimpl
    def register_brokers():
        raise RuntimeError("boom")

    broken = SimpleNamespace(__name__="broken", register_brokers=register_brokers)
    assert isinstance(make_broker("memory:", {"broken": broken, "tasks": face}), InMemoryBroker)
    assert "broken" in caplog.text


async def test_middlewares_of_plugins_see_every_task():
    seen = []

    class Counting(TaskiqMiddleware):
        def pre_execute(self, message):
            seen.append(message.task_name)
            return message

    @hookimpl
    def register_task_middlewares():
        return [TaskMiddleware(name="count", make=Counting)]

    counting = SimpleNamespace(__name__="counting", register_task_middlewares=register_task_middlewares)
    broker = make_broker("memory:", {"tasks": face, "counting": counting})
    await broker.startup()

    async def handler(job):
        return None

    kind = Binding(broker).through("main")(JobKind(name="rec.note", handler=handler))
    await kind.handler(Job(id=1, kind="rec.note", key="k", payload=b"{}", due_at=0, created_at=0))
    await broker.shutdown()
    assert seen == ["microblog.job"]


async def test_what_a_task_raises_reaches_the_job_runner_and_a_message_names_its_site():
    broker: AsyncBroker = InMemoryBroker(await_inplace=True)
    binding = Binding(broker)
    await broker.startup()

    async def fails(job):
        raise Temporary("busy", retry_after=9)

    one = binding.through("one")(JobKind(name="rec.note", handler=fails))
    ran = []

    async def notes(job):
        ran.append(job.key)

    two = binding.through("two")(JobKind(name="rec.note", handler=notes))
    job = Job(id=1, kind="rec.note", key="k", payload=b"\x00\xff", due_at=0, created_at=0)
    with pytest.raises(Temporary) as caught:
        await one.handler(job)
    await two.handler(job)
    await broker.shutdown()
    assert caught.value.retry_after == 9
    assert ran == ["k"]


def test_two_plugins_with_one_scheme_are_refused_by_name():
    @hookimpl
    def register_brokers():
        return [BrokerFactory(name="other", schemes=("memory",), make=lambda url: InMemoryBroker())]

    other = SimpleNamespace(__name__="other", register_brokers=register_brokers)
    with pytest.raises(ConfigurationError, match=r"other\.other"):
        make_broker("memory:", {"tasks": face, "other": other})
