"""The ranked timeline on a real site: pages hold still while scores change; what may be seen; programs."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from microblog_core.cli.context import prepare
from microblog_core.domain.errors import Unauthenticated
from microblog_core.domain.permissions import ANONYMOUS, SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.domain.timelines import Page
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import DeletePost, PublishPost, delete_post, publish_post
from microblog_core.services.reactions import PostCommand, boost_post, favourite_post
from microblog_core.services.relations import FollowCommand, RelationCommand, follow, mute
from microblog_core.services.timelines import read_front, read_home
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import report_of, site_with


class Town:
    """A site with a ranked timeline, where ada follows bob and cid."""

    def __init__(self, site, clock):
        self.site, self.clock, self.ports = site, clock, site.ports

    async def settle(self):
        self.ada, self.bob, self.cid, self.dan = [
            await self._person(name) for name in "ada bob cid dan".split()
        ]
        for other in (self.bob, self.cid):
            await follow(self.ports, self.ada, FollowCommand(account_id=other.id))

    async def _person(self, name):
        command = CreateAccount(username=name, email=f"{name}@example.org", password="a long pass phrase")
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def write(self, author, text, **more):
        self.clock.advance(60)
        return (await publish_post(self.ports, author, PublishPost(text=text, **more))).post

    async def like(self, who, post):
        await favourite_post(self.ports, who, PostCommand(post_id=post.id))

    async def front(self, limit=20, **bounds):
        return await read_front(self.ports, self.ada, Page(limit=limit, **bounds))

    async def home(self, limit=20, **bounds):
        return await read_home(self.ports, self.ada, Page(limit=limit, **bounds))


@asynccontextmanager
async def opened(storage="memory:", **ranked):
    clock = FrozenClock()
    site = site_with(
        installed=["ranked", "sql"],
        settings={"ranked": {"fresh_minutes": 0, **ranked}},
        clock=clock,
        storage=storage,
        timeline="ranked",
    )
    if storage != "memory:":
        prepare(site, make=True)
    async with site:
        made = Town(site, clock)
        await made.settle()
        yield made


@pytest.fixture(params=["memory", "sqlite"])
async def town(request, tmp_path):
    storage = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/town.db"
    async with opened(storage) as made:
        yield made


def texts(listing):
    return [entry.post.text for entry in listing.items]


async def all_pages(town, limit, between=None):
    page = await town.front(limit)
    pages = [page]
    while page.older is not None:
        if between is not None:
            await between(len(pages))
        page = await town.front(limit, max_id=page.older)
        pages.append(page)
    return pages


async def test_what_matters_comes_first_for_people_and_the_newest_for_programs(town):
    liked = await town.write(town.bob, "liked")
    await town.write(town.cid, "plain")
    await town.like(town.dan, liked)
    assert texts(await town.front()) == ["liked", "plain"]
    assert texts(await town.home()) == ["plain", "liked"]
    assert texts(await town.home(since_id=liked.id)) == ["plain"]
    assert texts(await town.home(max_id=liked.id + 1)) == ["liked"]


async def test_pages_neither_repeat_nor_miss_a_post_while_scores_change_and_posts_arrive(town):
    written = [await town.write(town.bob, str(number)) for number in range(11)]
    for post in written[3:6]:
        await town.like(town.dan, post)

    async def meanwhile(turn):
        await town.write(town.cid, f"new {turn}")
        for each in (town.bob, town.cid):
            await town.like(each, written[turn])

    pages = await all_pages(town, 3, meanwhile)
    seen = [text for page in pages for text in texts(page)]
    assert seen[:3] == ["5", "4", "3"]
    assert sorted(seen, key=int) == [str(number) for number in range(11)]
    assert [len(page.items) for page in pages] == [3, 3, 3, 2]


async def test_pages_lead_back_the_same_way(town):
    for number in range(8):
        await town.like(town.dan, await town.write(town.bob, str(number)))
    pages = await all_pages(town, 3)
    assert [page.newer is None for page in pages] == [True, False, False]
    back = await town.front(3, min_id=pages[2].newer)
    assert back == pages[1]
    assert await town.front(3, min_id=back.newer) == pages[0]


async def test_behind_the_last_one_it_goes_on_by_time_without_a_gap():
    async with opened(candidates=4) as town:
        written = [await town.write(town.bob, str(number)) for number in range(10)]
        await town.like(town.dan, written[6])
        await town.like(town.dan, written[0])
        assert [texts(page) for page in await all_pages(town, 3)] == [
            ["6", "9", "8"],
            ["7", "5", "4"],
            ["3", "2", "1"],
            ["0"],
        ]
        # Where the last one ends with the page, the next begins by time.
        assert [texts(page) for page in await all_pages(town, 4)][1] == ["5", "4", "3", "2"]


async def test_what_is_older_than_the_window_is_not_ranked():
    async with opened(hours=1) as town:
        old = await town.write(town.bob, "old")
        for each in (town.dan, town.cid):
            await town.like(each, old)
        town.clock.advance(3600)
        await town.write(town.bob, "young")
        assert texts(await town.front()) == ["young", "old"]
        assert [texts(page) for page in await all_pages(town, 1)] == [["young"], ["old"]]


async def test_an_order_that_is_lost_is_made_again_as_of_its_moment(town):
    for number in range(6):
        await town.like(town.dan, await town.write(town.bob, str(number)))
    first = await town.front(3)
    await town.write(town.cid, "later")
    town.ports.cache.clear()
    second = await town.front(3, max_id=first.older)
    assert texts(first) + texts(second) == ["5", "4", "3", "2", "1", "0"]


async def test_what_may_not_be_seen_any_more_is_not_on_later_pages(town):
    for number in range(3):
        await town.write(town.bob, str(number))
    shut = await town.write(town.cid, "muted")
    gone = await town.write(town.bob, "gone")
    boosted = await town.write(town.dan, "boosted by cid")
    await boost_post(town.ports, town.cid, PostCommand(post_id=boosted.id))
    first = await town.front(1)
    await delete_post(town.ports, town.bob, DeletePost(post_id=gone.id))
    await mute(town.ports, town.ada, RelationCommand(account_id=town.cid.id))
    rest = await town.front(20, max_id=first.older)
    assert shut.id not in {entry.post.id for entry in rest.items}
    assert texts(rest) == ["2", "1", "0"]


async def test_nothing_is_there_that_the_strategy_below_does_not_give(town):
    await town.write(town.dan, "of a stranger")
    await town.write(town.bob, "@dan direct", visibility=Visibility.DIRECT)
    await town.write(town.bob, "for followers", visibility=Visibility.FOLLOWERS)
    assert texts(await town.front()) == texts(await town.home()) == ["for followers"]


async def test_whom_one_has_to_do_with_comes_first(town):
    near = await town.write(town.cid, "asks")
    await town.write(town.ada, "answers", in_reply_to_id=near.id)
    await town.like(town.ada, near)
    town.clock.advance(2 * 3600)
    await town.write(town.cid, "of cid")
    await town.write(town.bob, "of bob")
    shown = [text for text in texts(await town.front()) if text.startswith("of ")]
    assert shown == ["of cid", "of bob"]


async def test_what_is_fresh_stays_on_top_by_time():
    async with opened(fresh_minutes=15) as town:
        old = await town.write(town.bob, "old and liked")
        for each in (town.dan, town.cid, town.ada):
            await town.like(each, old)
        town.clock.advance(1800)
        await town.write(town.cid, "fresh")
        await town.write(town.ada, "own")
        assert texts(await town.front()) == ["own", "fresh", "old and liked"]


async def test_an_empty_home_is_empty_and_visitors_have_none(town):
    assert (await town.front()).items == ()
    with pytest.raises(Unauthenticated):
        await read_front(town.ports, ANONYMOUS, Page())


async def test_cursors_that_were_never_given_do_no_harm(town):
    await town.write(town.bob, "only")
    for cursor in ((1 << 62) | 5, (1 << 63) - 1, (1 << 62) | (10**12 << 16) | 9):
        assert texts(await town.front(max_id=cursor)) in (["only"], [])
        assert texts(await town.front(min_id=cursor)) in (["only"], [])


@pytest.mark.parametrize(
    ("ranked", "reason"),
    [
        ({"half_life_hours": 0}, "half_life_hours is not more than 0"),
        ({"favourites": -1}, "favourites is negative"),
        ({"candidates": 5000}, "candidates is out of range"),
        ({"base": "ranked"}, "base is ranked itself"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(ranked, reason):
    report = report_of(site_with(installed=["ranked"], settings={"ranked": ranked}), "ranked")
    assert report.state == "broken"
    assert reason in report.reason


def test_installed_alone_it_orders_nothing():
    site = site_with(installed=["ranked"])
    assert report_of(site, "ranked").state == "active"
    assert site.ports.timeline.name == "hybrid"
