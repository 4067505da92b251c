"""Statistics: what a storage with that capability counts is what there is, day by day, in any time zone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.posts import Visibility
from microblog_core.domain.statistics import (
    Counted,
    DayFigures,
    StaleSlot,
    StatisticsRules,
    TagFigure,
    bounds_of,
    days_between,
    zone_of,
)
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports
from microblog_core.ports.statistics import StatisticsReader, StatisticsStorage
from microblog_core.ports.storage import Storage
from microblog_core.services.statistics import Recompute, compute, recompute
from microblog_core.testing.builder import NOON, Builder
from microblog_core.testing.storage.base import StorageTests
from microblog_core.testing.storage.statistics_year import HOUR, Year, active_on, brute_force
from microblog_core.testing.world import make_ports

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
"""Clocks are changed in all three, by half an hour in the last one, where it is summer in January."""
NEW_YEAR = date(2026, 1, 1)


def reader_of(storage: Storage) -> StatisticsReader:
    """The storage's statistics."""
    return cast(StatisticsStorage, storage).statistics


def ports_in(zone: str, year: Year) -> Ports:
    """The ports of a site in a time zone."""
    rules = StatisticsRules(zone_of(zone), zone)
    return make_ports(year.storage, clock=year.clock, statistics=rules)


async def run_job(ports: Ports) -> None:
    """What the job does, twice."""
    for _ in range(2):
        started = ports.clock.now()
        while await compute(ports, started=started):
            pass


async def compare(year: Year, zone: str) -> None:
    """Check that every stored day is what brute force counts."""
    expected = brute_force(year.facts, zone_of(zone))
    first, last = min(expected), max(expected)
    stored = {each.day: each for each in await reader_of(year.storage).days(first, last)}
    # Days on which there is nothing any more before the first account have no figures.
    assert set(stored) == set(days_between(first, last))
    for day, figures in stored.items():
        wanted = expected[day]
        shown: dict[str, Any] = {
            name: getattr(figures, name)
            for name in ("posts", "boosts", "favourites", "follows", "sign_ups", "log_ins")
        }
        counts = {name: wanted.counts[name] for name in shown} | {"log_ins": len(wanted.log_ins)}
        assert shown == counts, day
        active = (figures.active, figures.active_week, figures.active_month)
        assert active == tuple(active_on(expected, day, days) for days in (1, 7, 30)), day
        assert [(tag.name, tag.uses, tag.people) for tag in figures.tags] == wanted.top(), day
        assert not figures.windows_due


class StatisticsSuite(StorageTests):
    """What a storage with the capability `statistics` must do besides."""

    async def test_a_storage_says_that_it_has_statistics(self, storage: Storage) -> None:
        assert "statistics" in storage.capabilities

    @pytest.mark.parametrize("place", range(len(ZONES)))
    async def test_a_year_is_what_brute_force_counts_day_by_day(self, storage: Storage, place: int) -> None:
        zone, other = ZONES[place], ZONES[place - 1]
        year = Year(place, storage, zone_of(zone))
        ports = ports_in(zone, year)
        await year.live(lambda: run_job(ports), every=20, each=2)
        assert year.refused > 200
        await run_job(ports)
        await compare(year, zone)
        year.clock.advance(3600)
        await recompute(ports, SYSTEM, Recompute(first=date(2024, 12, 1), last=date(2026, 2, 1)))
        await compare(year, zone)
        # The site moves: every day has other bounds.
        await run_job(ports_in(other, year))
        await compare(year, other)

    async def test_counting_takes_what_was_from_its_beginning_and_not_its_end(
        self, storage: Storage, build: Builder
    ) -> None:
        reader = reader_of(storage)
        assert await reader.begin() is None
        assert await reader.count(0, 1 << 45) == Counted()
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada, tags=("tea",))
        at = post.created_at
        direct = await build.post(ada, tags=("tea",), visibility=Visibility.DIRECT)
        await build.boost(bob, post)
        await build.favourite(bob, post)
        await build.follow(bob, ada)
        await build.session(ada, "token")
        assert (await reader.begin() or 0) <= ada.created_at
        only = Counted(posts=1, people=(ada.id,), tags=(TagFigure("tea", 1, 1),))
        assert await reader.count(at, at + 1) == only
        assert await reader.count(at - 1000, at) == Counted(sign_ups=1)
        assert await reader.count(direct.created_at, direct.created_at + 1) == Counted(people=(ada.id,))
        everything = await reader.count(at - HOUR, at + HOUR)
        assert everything == Counted(
            posts=1,
            boosts=1,
            favourites=1,
            follows=1,
            sign_ups=2,
            log_ins=1,
            people=(ada.id, bob.id),
            tags=(TagFigure("tea", 1, 1),),
        )

    async def test_ten_hashtags_are_on_top_by_people_then_by_uses_then_by_name(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        names = [f"tag{chr(97 + number)}" for number in range(12)]
        await build.post(ada, tags=tuple(reversed(names)))
        await build.post(bob, tags=(names[11],))
        await build.post(ada, tags=(names[10],))
        tags = (await reader_of(storage).count(NOON, NOON + HOUR)).tags
        assert [tag.name for tag in tags] == [names[11], names[10], *names[:8]]
        assert tags[:2] == (TagFigure(names[11], 2, 2), TagFigure(names[10], 2, 1))
        await build.set_state(ada, AccountState.SUSPENDED)
        tags = (await reader_of(storage).count(NOON, NOON + HOUR)).tags
        assert tags == (TagFigure(names[11], 1, 1),)

    async def test_what_is_taken_away_marks_its_quarter_of_an_hour_until_it_is_counted(
        self, storage: Storage, build: Builder
    ) -> None:
        reader = reader_of(storage)
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada, tags=("tea",))
        moments = []

        async def an_hour_later() -> int:
            build.clock.advance(3600)
            return (build.clock.now() + 1000) // (15 * 60_000) * (15 * 60_000)

        moments.append(await an_hour_later())
        await build.boost(bob, post)
        moments.append(await an_hour_later())
        await build.favourite(bob, post)
        moments.append(await an_hour_later())
        await build.follow(bob, ada)
        assert await reader.stale(9) == []
        await build.apply(ops.DeleteFollow(follower_id=bob.id, followee_id=ada.id))
        assert await reader.stale(9) == [StaleSlot(moments[2], 1)]
        edited = await build.edit(post, "other words", tags=("tea",))
        assert len(await reader.stale(9)) == 1
        edited = await build.edit(edited, "other words", tags=("cake",))
        own = await reader.stale(9)
        assert [slot.marks for slot in own] == [1, 1]
        await build.apply(ops.DeletePost(post=edited))
        stale = await reader.stale(9)
        assert [slot.at for slot in stale] == [own[0].at, *moments]
        assert [slot.marks for slot in stale] == [2, 1, 1, 1]
        assert await reader.stale(2) == stale[:2]
        figures = DayFigures(day=NEW_YEAR, computed_at=1)
        # One of them is marked anew while it was counted.
        await build.apply(ops.PutDay(figures=figures, people=(), counted=(own[0], *stale[1:3])))
        assert await reader.stale(9) == [stale[0], stale[3]]

    async def test_later_figures_stay_and_people_are_kept_where_nobody_knows_better(
        self, storage: Storage, build: Builder
    ) -> None:
        reader = reader_of(storage)
        tags = (TagFigure("tea", 2, 1),)
        first = DayFigures(day=NEW_YEAR, since=1, until=2, computed_at=10, posts=3, tags=tags)
        await build.apply(ops.PutDay(figures=first, people=(7, 8)))
        (stored,) = await reader.days(NEW_YEAR, NEW_YEAR)
        assert stored == replace(first, active=2, windows_due=True)
        await build.apply(ops.PutDay(figures=replace(first, computed_at=9, posts=1), people=()))
        assert await reader.days(NEW_YEAR, NEW_YEAR) == [stored]
        (windows,) = await reader.windows([NEW_YEAR])
        assert (windows.day, windows.week, windows.month) == (NEW_YEAR, 2, 2)
        await build.apply(ops.PutWindows(windows=windows))
        (stored,) = await reader.days(NEW_YEAR, NEW_YEAR)
        assert stored == replace(first, active=2, active_week=2, active_month=2)
        kept = replace(stored, computed_at=11, posts=4)
        await build.apply(ops.PutDay(figures=kept, people=None))
        assert await reader.days(NEW_YEAR, NEW_YEAR) == [kept]
        assert await reader.active(NEW_YEAR, NEW_YEAR) == 2

    async def test_a_day_counted_anew_makes_the_windows_of_thirty_days_due(
        self, storage: Storage, build: Builder
    ) -> None:
        reader = reader_of(storage)
        days = list(days_between(NEW_YEAR - timedelta(days=1), NEW_YEAR + timedelta(days=30)))
        for day in days:
            await build.apply(ops.PutDay(figures=DayFigures(day=day), people=(day.toordinal(), 1)))
        await build.apply(*(ops.PutWindows(windows=each) for each in await reader.windows(days)))
        stored = await reader.days(days[0], days[-1])
        assert not any(each.windows_due for each in stored)
        assert [each.active_week for each in stored] == [*range(2, 8), *[8] * 26]
        assert [each.active_month for each in stored] == [*range(2, 31), *[31] * 3]
        again = ops.PutDay(figures=DayFigures(day=NEW_YEAR), people=(1, 2, 3))
        before = await reader.windows([days[5]])
        await build.apply(again)
        due = [each.day for each in await reader.days(days[0], days[-1]) if each.windows_due]
        assert due == days[1:31]
        # What was looked at before is not what is due.
        await build.apply(ops.PutWindows(windows=before[0]))
        assert [each.windows_due for each in await reader.days(days[5], days[5])] == [True]
        assert await reader.active(days[0], days[2]) == 5

    async def test_who_was_active_and_who_logged_in_is_forgotten(
        self, storage: Storage, build: Builder
    ) -> None:
        reader = reader_of(storage)
        ada = await build.account("ada")
        for number in range(3):
            await build.session(ada, f"token {number}")
            build.clock.advance(24 * 3600)
        for day in days_between(NEW_YEAR, NEW_YEAR + timedelta(days=2)):
            await build.apply(ops.PutDay(figures=DayFigures(day=day), people=(day.day,)))
        second = NEW_YEAR + timedelta(days=1)
        since, until = bounds_of(second, zone_of("UTC"))
        for _ in range(2):
            await build.apply(ops.PrunePeople(day=second, since=since))
            assert await reader.active(NEW_YEAR, second + timedelta(days=1)) == 2
            assert (await reader.count(NOON - HOUR, since)).log_ins == 0
            assert (await reader.count(since, until)).log_ins == 1

    async def test_somebody_logs_in_once_in_a_quarter_of_an_hour_and_stays_counted_after_logging_out(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        for number in range(3):
            await build.session(ada, f"token {number}")
        await build.apply(ops.DeleteSessions(account_id=ada.id))
        counted = await reader_of(storage).count(NOON, NOON + HOUR)
        assert (counted.log_ins, counted.people) == (1, (ada.id,))
