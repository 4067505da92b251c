from __future__ import annotations

import contextlib

import msgspec
import pytest

from microblog_core.defaults.timelines import FAN_OUT_JOB, FanOutPayload, Hybrid
from microblog_core.domain.errors import Conflict
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import DeletePost as DeletePostOperation
from microblog_core.ports.operations import Job
from microblog_core.runtime import fan_out as module
from microblog_core.runtime.current import current_job
from microblog_core.runtime.fan_out import fan_out
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.relations import RelationCommand, follow
from microblog_core.services.timelines import read_home
from microblog_core.testing.world import World, make_ports


async def crowd(followers: int) -> tuple[World, Actor, list[Actor]]:
    """Somebody with so many followers, on a site that fans out in a job from three followers on."""
    world = World(make_ports(timeline=Hybrid(at_once=2)))
    author = await world.sign_up("author")
    readers = []
    for number in range(followers):
        reader = Actor(account=await world.sign_up(f"reader_{number}"))
        await follow(world.ports, reader, RelationCommand(account_id=author.id))
        readers.append(reader)
    fresh = await world.ports.storage.accounts.get(author.id)
    return world, Actor(account=fresh), readers


async def run_all(world: World) -> int:
    """Run fan-out jobs until none is left; return how many ran."""
    queue, ran = world.ports.storage.queue, 0
    while jobs := await queue.claim(world.clock.now(), limit=10, lease=1000, kinds=(FAN_OUT_JOB,)):
        for job in jobs:
            await fan_out(world.ports, job)
            await queue.finish([job])
            ran += 1
    return ran


async def seen(world: World, reader: Actor) -> list[str]:
    return [entry.post.text for entry in (await read_home(world.ports, reader, Page())).items]


async def test_every_follower_gets_the_post_in_chunks_with_one_job_after_the_other(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)
    world, author, readers = await crowd(7)
    await publish_post(world.ports, author, PublishPost(text="to many"))
    assert await run_all(world) == 3
    for reader in readers:
        assert await seen(world, reader) == ["to many"]
    assert await seen(world, author) == ["to many"]


async def test_a_chunk_that_is_run_twice_changes_nothing(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)
    world, author, readers = await crowd(3)
    entry = await publish_post(world.ports, author, PublishPost(text="once"))
    payload = msgspec.json.encode(FanOutPayload(entry.post.id, entry.author.id))
    job = Job(id=1, kind=FAN_OUT_JOB, key="x", payload=payload, due_at=0, created_at=0)
    await fan_out(world.ports, job)
    await fan_out(world.ports, job)
    await run_all(world)
    assert await seen(world, readers[0]) == ["once"]


async def test_a_post_that_is_gone_by_then_reaches_nobody():
    world, author, readers = await crowd(4)
    entry = await publish_post(world.ports, author, PublishPost(text="regret"))
    await world.ports.storage.commit([DeletePostOperation(post=entry.post)])
    await run_all(world)
    assert await seen(world, readers[0]) == []


async def test_a_chunk_that_somebody_else_has_begun_queues_nothing(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)
    world, author, readers = await crowd(7)
    await publish_post(world.ports, author, PublishPost(text="to many"))
    queue, now = world.ports.storage.queue, world.clock.now()
    (lost,) = await queue.claim(now, limit=1, lease=0, kinds=(FAN_OUT_JOB,))
    (held,) = await queue.claim(now, limit=1, lease=1000, kinds=(FAN_OUT_JOB,))
    for job, ends in ((lost, pytest.raises(Conflict)), (held, contextlib.nullcontext())):
        current_job.set(job)
        with ends:
            await fan_out(world.ports, job)
    current_job.set(None)
    assert await queue.get(held.id) is None
    assert await run_all(world) == 2
    assert [await seen(world, reader) for reader in readers] == [["to many"]] * 7
