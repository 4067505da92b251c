"""Daily statistics as use cases: what is due, who may read, what weeks say."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import msgspec
import pytest

from microblog_core.domain.errors import Forbidden, Invalid, NotFound
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM
from microblog_core.domain.statistics import PEOPLE_DAYS, StatisticsRules, start_of, zone_of
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.operations import DeletePost, Job
from microblog_core.runtime.statistics import COMPUTE_JOB, compute_statistics
from microblog_core.services import statistics as services
from microblog_core.services.statistics_export import PUBLIC_COLUMNS, to_csv, to_json
from microblog_core.testing.world import World, make_ports

TODAY = date(2026, 1, 1)
DAY = 24 * 3600
JOB = Job(id=1, kind=COMPUTE_JOB, key="k", payload=b"{}", due_at=0, created_at=0)


async def figures(world, day=TODAY):
    found = await services.read_statistics(world.ports, ANONYMOUS, day, day)
    return found.days[0]


@pytest.fixture
def world():
    return World()


async def run(world):
    await compute_statistics(world.ports, JOB)


async def test_a_site_without_anybody_has_nothing_to_count(world):
    await run(world)
    found = await services.read_statistics(world.ports, ANONYMOUS, TODAY, TODAY)
    assert (found.computed_at, found.days[0].posts) == (0, 0)
    assert await services.recompute(world.ports, SYSTEM, services.Recompute(first=TODAY, last=TODAY)) == 0
    assert await services.read_usage(world.ports) == services.Usage()


async def test_use_cases_are_counted_and_twice_is_as_good_as_once(world):
    ada, bob = [await world.sign_up(name) for name in ("ada", "bob")]
    entry = await world.publish(ada, "Good #morning")
    await world.favourite(bob, entry.post)
    await world.boost(bob, entry.post)
    await world.follow(bob, ada)
    for _ in range(3):
        await run(world)
        day = await figures(world)
        assert (day.posts, day.boosts, day.favourites, day.follows, day.sign_ups) == (1, 1, 1, 1, 2)
        assert (day.active, day.active_week, day.active_month) == (2, 2, 2)
        assert [tag.name for tag in day.tags] == ["morning"]
    assert await services.read_usage(world.ports) == services.Usage(active_month=2, active_week=2)


async def test_a_day_is_counted_until_ten_minutes_after_its_end_and_when_something_goes(world):
    ada = await world.sign_up("ada")
    post = (await world.publish(ada, "one")).post
    await run(world)
    midnight = start_of(TODAY + timedelta(days=1), world.ports.statistics.zone)
    world.clock.at = midnight + 5 * 60_000
    await run(world)
    assert not (await figures(world)).settled
    world.clock.at = midnight + 10 * 60_000
    await run(world)
    settled = await figures(world)
    assert settled.settled
    world.clock.advance(DAY)
    await run(world)
    assert await figures(world) == settled
    await world.build.apply(DeletePost(post=post))
    await run(world)
    day = await figures(world)
    assert (day.posts, day.active, day.active_month) == (0, 0, 0)
    assert day.computed_at == world.clock.now()


async def test_a_site_that_moves_has_other_days(world):
    world.clock.at = start_of(TODAY, zone_of("UTC")) + 60_000
    ada = await world.sign_up("ada")
    await world.publish(ada, "just after midnight, in London")
    await run(world)
    assert (await figures(world)).posts == 1
    moved = msgspec.structs.replace(StatisticsRules(), zone=zone_of("America/New_York"), name="x")
    there = World(make_ports(world.storage, clock=world.clock, statistics=moved))
    await run(there)
    assert (await figures(there, TODAY - timedelta(days=1))).posts == 1
    assert services.today_of(there.ports) == TODAY - timedelta(days=1)


async def test_days_older_than_what_is_known_of_people_keep_their_figures_about_them(world):
    ada = await world.sign_up("ada")
    post = (await world.publish(ada, "old")).post
    await world.build.session(ada, "token")
    await run(world)
    world.clock.advance(DAY)
    await run(world)
    before = await figures(world)
    assert (before.active, before.log_ins) == (1, 1)
    world.clock.advance((PEOPLE_DAYS + 40) * DAY)
    await run(world)
    await world.build.apply(DeletePost(post=post))
    await run(world)
    await services.recompute(world.ports, SYSTEM, services.Recompute(first=TODAY, last=TODAY))
    after = await figures(world)
    assert (after.posts, after.active, after.active_month, after.log_ins) == (0, 1, 1, 1)


async def test_a_run_counts_so_many_days_and_today_first(world):
    await world.sign_up("ada")
    world.clock.advance(9 * DAY)
    started = world.clock.now()
    counts = [await services.compute(world.ports, started=started, limit=4) for _ in range(4)]
    assert counts == [4, 4, 2, 0]
    world.clock.advance(DAY)
    await services.compute(world.ports, started=world.clock.now(), limit=1)
    today = services.today_of(world.ports)
    assert (await figures(world, today)).computed_at == world.clock.now()
    assert (await figures(world, today - timedelta(days=1))).computed_at == started


async def test_what_a_range_must_be(world):
    with pytest.raises(Invalid) as problem:
        await services.read_statistics(world.ports, ANONYMOUS, TODAY, TODAY - timedelta(days=1))
    assert "until" in problem.value.fields
    with pytest.raises(Invalid) as problem:
        await services.read_statistics(world.ports, ANONYMOUS, TODAY - timedelta(days=3660), TODAY)
    assert "since" in problem.value.fields
    with pytest.raises(Invalid):
        await services.recompute(
            world.ports, SYSTEM, services.Recompute(first=TODAY, last=TODAY - timedelta(days=1))
        )


async def test_only_operators_read_what_is_not_public_and_have_days_counted():
    hidden = StatisticsRules(public=False)
    world = World(make_ports(statistics=hidden))
    ada = await world.sign_up("ada")
    await run(world)
    member = await world.actor(ada)
    for actor in (ANONYMOUS, member):
        assert not services.may_read(world.ports, actor)
        with pytest.raises(NotFound):
            await services.read_statistics(world.ports, actor, TODAY, TODAY)
        with pytest.raises(NotFound):
            await services.read_weeks(world.ports, actor)
    assert len((await services.read_statistics(world.ports, SYSTEM, TODAY, TODAY)).days) == 1
    assert await services.read_usage(world.ports) == services.Usage()
    with pytest.raises(Forbidden):
        await services.recompute(world.ports, member, services.Recompute(first=TODAY, last=TODAY))


async def test_a_storage_that_counts_nothing_has_no_statistics():
    class Plain(MemoryStorage):
        capabilities = MemoryStorage.capabilities - {"statistics"}

    world = World(make_ports(Plain()))
    await run(world)
    assert await services.read_usage(world.ports) == services.Usage()
    with pytest.raises(NotFound):
        await services.read_statistics(world.ports, SYSTEM, TODAY, TODAY)


async def test_twelve_weeks_from_monday_on_the_newest_first(world):
    ada, bob = [await world.sign_up(name) for name in ("ada", "bob")]
    await world.publish(ada, "on a Thursday")
    world.clock.advance(3 * DAY)
    await world.publish(bob, "on Sunday")
    world.clock.advance(DAY)
    await world.publish(bob, "on Monday")
    assert await services.read_weeks(world.ports, ANONYMOUS) != []
    await run(world)
    weeks = await services.read_weeks(world.ports, ANONYMOUS)
    assert [(week.posts, week.sign_ups, week.active) for week in weeks] == [
        (1, 0, 1),
        (2, 2, 2),
        *[(0, 0, 0)] * 10,
    ]
    monday = start_of(date(2026, 1, 5), world.ports.statistics.zone)
    assert [week.since for week in weeks] == [monday - number * 7 * DAY * 1000 for number in range(12)]


async def test_files_say_the_same(world):
    ada = await world.sign_up("ada")
    await world.publish(ada, "#tea")
    await run(world)
    found = await services.read_statistics(world.ports, ANONYMOUS, TODAY - timedelta(days=1), TODAY)
    lines = list(csv.DictReader(io.StringIO(to_csv(found.days))))
    assert [line["day"] for line in lines] == ["2025-12-31", "2026-01-01"]
    assert (lines[1]["posts"], lines[1]["active_month"], lines[1]["top_tags"]) == ("1", "1", "#tea")
    body = json.loads(to_json(found, PUBLIC_COLUMNS))
    assert (body["timezone"], body["days"][1]["posts"]) == ("UTC", 1)
    assert body["days"][1]["top_tags"] == [{"name": "tea", "uses": 1, "people": 1}]
    assert body["computed_at"].endswith("Z")
    assert "log_ins" not in body["days"][1]
    nothing = await services.read_statistics(world.ports, ANONYMOUS, date(2020, 1, 1), date(2020, 1, 1))
    assert json.loads(to_json(nothing))["computed_at"] is None
