"""The broker on streams, against a real server and a real cluster. What every broker does is in
`test_broker_contract`.
"""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from taskiq import BrokerMessage

from microblog_plugins.redis import broker as module
from microblog_plugins.redis.broker import GROUP, RedisStreams
from microblog_plugins.redis.options import read_options


@pytest.fixture
def reclaim():
    """After how many seconds of silence what a worker took is given to another."""
    return 1


@pytest.fixture(params=["one server", "cluster"])
def url(request, reclaim):
    if request.param == "one server":
        return f"{request.getfixturevalue('redis_url')}?reclaim={reclaim}"
    # The cluster is shared by the run: each test has a stream of its own.
    cluster = request.getfixturevalue("redis_cluster_url").replace("redis:", "redis+cluster:")
    return f"{cluster}?reclaim={reclaim}&stream={abs(hash(request.node.name))}"


@pytest.fixture
async def make(url):
    """A function that makes brokers on one stream, workers by default; all are closed after the test."""
    made: list[RedisStreams] = []

    async def start(*, worker=True, **options):
        broker = RedisStreams(read_options(url))
        broker.is_worker_process = worker
        for name, value in options.items():
            setattr(broker, name, value)
        await broker.startup()
        made.append(broker)
        return broker

    yield start
    for broker in made:
        await broker.shutdown()


def message(text):
    return BrokerMessage(task_id=text, task_name="t", message=text.encode(), labels={})


def messages(*texts):
    return [message(text) for text in texts]


async def take(broker, count, *, seconds=10.0):
    """The next messages, as a worker gets them; each can be acknowledged."""
    taken = []
    listening = broker.listen()
    async with asyncio.timeout(seconds), contextlib.aclosing(listening):
        async for each in listening:
            taken.append(each)
            if len(taken) == count:
                return taken
    raise AssertionError("the broker stopped listening")


def texts(taken):
    return [each.data.decode() for each in taken]


async def die(broker):
    """End as a killed process does: nothing more is said to Redis."""
    broker._keeper.cancel()
    broker.is_worker_process = False


async def until(condition, *, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_what_is_acknowledged_leaves_nothing_behind(make):
    worker = await make()
    await worker.kick_many(messages(*"abc"))
    for each in await take(worker, 3):
        each.ack()
    await until(lambda: is_empty(worker))
    assert await worker.waiting() == 0


async def is_empty(broker):
    pending = await broker._client.xpending(broker._stream, GROUP)
    return not pending["pending"] and not await broker._client.xlen(broker._stream)


@pytest.mark.parametrize("reclaim", [3])  # a busy machine is silent for a second
async def test_what_a_worker_still_runs_stays_its_own_however_long_that_takes(make, monkeypatch):
    monkeypatch.setattr(module, "RECLAIM_EVERY", 0.2)
    busy, idle = await make(), await make()
    await busy.kick_many(messages("long"))
    (mine,) = await take(busy, 1)
    with pytest.raises(TimeoutError):
        await take(idle, 1, seconds=6.5)  # more than twice the time after which it would be an orphan
    mine.ack()


async def test_consumers_that_are_gone_are_swept_and_those_with_messages_stay(make):
    gone, holding, sweeper = await make(capacity=1), await make(), await make()
    await sweeper.kick_many(messages("a", "b"))
    for each in await take(gone, 1):
        each.ack()
    await until(lambda: nothing_pending(gone))
    await take(holding, 1)
    await die(gone)
    await sweeper.sweep(silent=0.0)
    names = {each["name"].decode() for each in await sweeper._client.xinfo_consumers(sweeper._stream, GROUP)}
    assert holding.consumer in names
    assert gone.consumer not in names


async def nothing_pending(broker):
    return not broker._held and (broker._acking is None or broker._acking.done())


async def test_a_sweep_removes_what_was_acknowledged_and_not_removed_and_nothing_else(make):
    worker = await make(capacity=3)
    await worker.kick_many(messages("done", "running", "waiting", "waiting, too"))
    done, *_ = await take(worker, 3)
    # A worker that dies between the two commands of an acknowledgement.
    (identifier, _), *_ = await worker._client.xrange(worker._stream, count=1)
    await worker._client.xack(worker._stream, GROUP, identifier)
    await worker.sweep()
    left = [fields[b"m"] for _, fields in await worker._client.xrange(worker._stream)]
    assert left == [b"running", b"waiting", b"waiting, too"]
    assert done.data == b"done"


async def test_another_epoch_begins_when_the_stream_is_gone(make):
    one, two = await make(worker=False), await make(worker=False)
    await one.waiting()
    await two.waiting()
    before = one.epoch
    assert before == two.epoch != ""
    await one._client.delete(one._options.jobs_key)
    await one.waiting()
    await two.waiting()
    assert one.epoch == two.epoch != before


async def test_a_stream_that_vanishes_under_a_listening_worker_is_made_again(make):
    worker = await make()
    taking = asyncio.create_task(take(worker, 1, seconds=20))
    await asyncio.sleep(0.2)
    await worker._client.delete(worker._options.jobs_key)
    await until(lambda: worker._client.exists(worker._options.jobs_key))
    await worker.kick(message("after"))
    assert texts(await taking) == ["after"]


async def test_a_redis_that_dies_and_comes_back_is_listened_to_again(redis_server, caplog):
    worker = RedisStreams(read_options(redis_server.url))
    worker.is_worker_process = True
    await worker.startup()
    taking = asyncio.create_task(take(worker, 1, seconds=60))
    await asyncio.sleep(0.2)
    redis_server.kill()
    await until(trouble_of(worker), seconds=30)
    redis_server.start()
    await until(answering(worker), seconds=30)
    await worker.waiting()
    await worker.kick(message("after"))
    assert texts(await taking) == ["after"]
    await worker.shutdown()
    assert caplog.text.count("can't be read") == 1


def trouble_of(broker):
    async def is_in_trouble():
        return broker._in_trouble

    return is_in_trouble


def answering(broker):
    async def answers():
        try:
            return await broker._client.ping()
        except Exception:
            return False

    return answers
