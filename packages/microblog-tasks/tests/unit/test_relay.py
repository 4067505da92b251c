from __future__ import annotations

import asyncio
import logging

import pytest
from taskiq import AsyncBroker

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with
from microblog_tasks import relay as module
from microblog_tasks.face import MemoryBroker
from microblog_tasks.messages import Formatter
from microblog_tasks.relay import Relay


class Kinds:
    PLUGIN = Manifest(name="rec")

    @hookimpl
    def register_jobs(self, site):
        async def nothing(job):
            raise AssertionError("a relay runs no jobs")

        return [
            JobKind(name="rec.mail", handler=nothing),
            JobKind(name="rec.bulk", handler=nothing, priority=-1),
            JobKind(name="rec.few", handler=nothing, priority=-2, limit=2),
        ]


class Shared(MemoryBroker):
    """As if other processes listened, too; it can forget, and be away."""

    def __init__(self):
        super().__init__()
        self.shared = True
        self.formatter = Formatter()
        self.away = False

    async def kick_many(self, messages):
        if self.away:
            raise ConnectionError("no broker")
        await super().kick_many(messages)

    def forget(self):
        self._messages = asyncio.Queue()
        self.epoch = "another"

    def all(self):
        """(kind, id, attempts, end of the claim) of what waits."""
        waiting = [
            self.formatter.loads(self._messages.get_nowait()).args for _ in range(self._messages.qsize())
        ]
        return [(kind, job_id, attempts, until) for _, job_id, kind, attempts, until in waiting]


@pytest.fixture
async def site():
    async with site_with(
        {"rec": Kinds()}, installed=("tasks",), faces=("tasks",), clock=FrozenClock()
    ) as opened:
        yield opened


async def queue(site, kind, count=1):
    now = site.ports.clock.now()
    unit = site.ports.unit()
    ids = [site.ports.ids.at(now) for _ in range(count)]
    for job_id in ids:
        unit.outbox.add(Job(id=job_id, kind=kind, key=str(job_id), payload=b"{}", due_at=now, created_at=now))
    await unit.commit()
    return ids


async def test_what_is_due_is_claimed_without_being_begun_and_sent_once(site):
    broker = Shared()
    relay = Relay(site, broker)
    (job_id,) = await queue(site, "rec.mail")
    assert await relay.send_due() == 1
    assert await relay.send_due() == 0
    until = site.ports.clock.now() + round(module.CLAIM_SECONDS * 1000)
    assert broker.all() == [("rec.mail", job_id, 0, until)]
    job = await site.ports.storage.queue.get(job_id)
    assert (job.state, job.attempts) == ("leased", 0)


async def test_what_nobody_began_is_sent_again_when_its_claim_ends(site):
    broker = Shared()
    relay, other = Relay(site, broker), Relay(site, broker)
    (job_id,) = await queue(site, "rec.mail")
    await relay.send_due()
    ((_, _, _, first),) = broker.all()
    site.ports.clock.advance(module.CLAIM_SECONDS)
    assert await other.send_due() == 1
    ((_, again, attempts, second),) = broker.all()
    assert (again, attempts) == (job_id, 0)
    assert second > first


async def test_a_backlog_stays_in_the_database_and_what_is_urgent_goes_first(site, monkeypatch):
    monkeypatch.setattr(module, "WAITING", 5)
    broker = Shared()
    relay = Relay(site, broker)
    await queue(site, "rec.bulk", 10)
    await queue(site, "rec.mail", 3)
    assert await relay.send_due() == 5
    assert await relay.send_due() == 0
    assert [kind for kind, *_ in broker.all()] == ["rec.mail"] * 3 + ["rec.bulk"] * 2
    counts = {(each.kind, each.state): each.count for each in await site.ports.storage.queue.count()}
    assert counts["rec.bulk", "queued"] == 8


async def test_of_a_limited_kind_no_more_are_sent_than_run(site):
    broker = Shared()
    relay = Relay(site, broker)
    await queue(site, "rec.few", 5)
    assert await relay.send_due() == 2
    assert await relay.send_due() == 0
    (_, first, *_), (_, second, *_) = broker.all()
    jobs = {id: await site.ports.storage.queue.get(id) for id in (first, second)}
    await site.ports.storage.queue.finish([jobs[first]])
    assert await relay.send_due() == 1
    await site.ports.storage.queue.retry(jobs[second], due_at=site.ports.clock.now() + 60_000, error="")
    assert await relay.send_due() == 1


async def test_what_could_not_be_sent_is_due_at_once_and_counts_as_no_try(site):
    broker = Shared()
    relay = Relay(site, broker)
    (job_id,) = await queue(site, "rec.mail")
    broker.away = True
    with pytest.raises(ConnectionError):
        await relay.send_due()
    job = await site.ports.storage.queue.get(job_id)
    assert (job.state, job.attempts) == ("queued", 0)
    broker.away = False
    assert await relay.send_due() == 1


async def test_what_a_broker_forgot_is_sent_again_without_waiting_for_claims_to_end(site):
    broker = Shared()
    relay = Relay(site, broker)
    begun, waiting = await queue(site, "rec.mail", 2)
    await relay.send_due()
    await site.ports.storage.queue.begin(
        [await site.ports.storage.queue.get(begun)], until=site.ports.clock.now() + 15_000
    )
    broker.forget()
    assert await relay.send_due() == 1
    assert [job_id for _, job_id, *_ in broker.all()] == [waiting]


async def test_trouble_is_logged_once_and_the_relay_goes_on(site, monkeypatch, caplog):
    monkeypatch.setattr(module, "TROUBLE_SECONDS", 0.01)
    caplog.set_level(logging.INFO)
    broker, stop = Shared(), asyncio.Event()
    broker.away = True
    await queue(site, "rec.mail")
    running = asyncio.create_task(Relay(site, broker).run(stop))
    await asyncio.sleep(0.2)
    broker.away = False
    async with asyncio.timeout(10):
        while not await broker.waiting():
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert caplog.text.count("can't be sent") == 1
    assert caplog.text.count("sent again") == 1


async def test_a_broker_that_knows_nothing_of_backlogs_is_sent_one_by_one(site):
    sent = []

    class Plain(AsyncBroker):
        async def kick(self, message):
            sent.append(message.task_name)

        async def listen(self):
            yield b""

    broker = Plain()
    broker.formatter = Formatter()
    await queue(site, "rec.mail", 3)
    assert await Relay(site, broker).send_due() == 3
    assert sent == ["microblog.job"] * 3
