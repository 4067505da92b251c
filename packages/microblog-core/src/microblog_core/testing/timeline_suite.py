"""The contract of home timelines as tests: subclass `TimelineSuite`, give it your strategy, and run pytest.

    class TestMyTimeline(TimelineSuite):
        @pytest.fixture
        def strategy(self):
            return MyTimeline()

Where the strategy leaves work to jobs of its own, the fixture `handlers` says who does them. Give a strategy
with small thresholds, so that a handful of followers takes every way that it has.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from microblog_core.defaults.timelines import FAN_OUT_JOB
from microblog_core.domain.accounts import HIDDEN_STATES, Account, AccountState
from microblog_core.domain.posts import Delivery, Visibility
from microblog_core.domain.timelines import Page
from microblog_core.ports.operations import Operation
from microblog_core.ports.timelines import TimelineStrategy
from microblog_core.runtime.fan_out import fan_out
from microblog_core.testing.timeline_town import Handler, Town

MANY = 12
"""Posts that are read in pages."""


class TimelineSuite:
    """What every home timeline must do. Fixture: `strategy`, and `handlers` where it has jobs of its own."""

    @pytest.fixture
    def handlers(self) -> Mapping[str, Handler]:
        """Who does the strategy's jobs, by kind: core's own one."""
        return {FAN_OUT_JOB: fan_out}

    @pytest.fixture
    def town(self, strategy: TimelineStrategy, handlers: Mapping[str, Handler]) -> Town:
        """A site with the strategy, on which nobody is yet."""
        return Town(strategy, handlers)

    async def busy(self, town: Town) -> tuple[Account, list[int]]:
        """Somebody with a home of `MANY` posts and boosts by several people; the ids, newest first."""
        viewer, ada, bob, stranger = await town.people("viewer", "ada", "bob", "stranger")
        await town.follow(viewer, ada, bob)
        found: list[int] = []
        for number in range(MANY):
            other = await town.publish(stranger, "not at home")
            author = (viewer, ada, bob)[number % 3]
            found.append(await town.boost(author, other) if number % 4 == 3 else await town.post(author))
        return viewer, found[::-1]

    # What is there

    async def test_a_home_of_nobody_is_empty(self, town: Town) -> None:
        viewer, other = await town.people("viewer", "other")
        await town.post(other)
        listing = await town.listing(viewer)
        assert (listing.items, listing.older, listing.newer) == ((), None, None)

    async def test_own_posts_are_there_at_once(self, town: Town) -> None:
        ada, *followers = await town.people("ada", "b", "c", "d", "e")
        for follower in followers:
            await town.follow(follower, ada)
        post = await town.world.publish(ada, "mine")
        assert await town.home(ada) == [post.id]

    async def test_posts_of_people_followed_are_there_and_those_of_others_are_not(self, town: Town) -> None:
        viewer, ada, bob, stranger = await town.people("viewer", "ada", "bob", "stranger")
        await town.follow(viewer, ada, bob)
        await town.follow(stranger, viewer)
        await town.post(stranger)
        first, second = await town.post(ada), await town.post(bob)
        assert await town.home(viewer) == [second, first]

    async def test_every_follower_gets_a_post_however_many_there_are(self, town: Town) -> None:
        ada, *followers = await town.people("ada", *(f"follower{number}" for number in range(7)))
        for count, follower in enumerate(followers):
            await town.follow(follower, ada)
            post = await town.post(ada)
            for each in followers[: count + 1]:
                assert (await town.home(each))[0] == post
            for each in followers[count + 1 :]:
                assert await town.home(each) == []

    async def test_boosts_are_there_with_who_boosted(self, town: Town) -> None:
        viewer, ada, stranger = await town.people("viewer", "ada", "stranger")
        await town.follow(viewer, ada)
        post = await town.publish(stranger)
        theirs, own = await town.boost(ada, post), await town.boost(viewer, post)
        items = (await town.listing(viewer)).items
        assert [each.id for each in items] == [own, theirs]
        assert [each.post.id for each in items] == [post.id, post.id]
        assert [each.boosted_by and each.boosted_by.id for each in items] == [viewer.id, ada.id]

    async def test_answers_are_there_among_people_followed_alone(self, town: Town) -> None:
        viewer, ada, bob, stranger = await town.people("viewer", "ada", "bob", "stranger")
        await town.follow(viewer, ada, bob)
        theirs, known = await town.publish(stranger), await town.publish(bob)
        await town.post(ada, answers=theirs)
        answer = await town.post(ada, answers=known)
        assert await town.home(viewer) == [answer, known.id]

    async def test_a_follow_brings_the_newest_posts_and_is_in_order(self, town: Town) -> None:
        viewer, ada, bob = await town.people("viewer", "ada", "bob")
        await town.follow(viewer, bob)
        found = [await town.post(author) for author in (ada, bob, ada)]
        await town.follow(viewer, ada)
        found.append(await town.post(ada))
        assert await town.home(viewer) == found[::-1]

    async def test_ending_a_follow_takes_the_posts_out(self, town: Town) -> None:
        viewer, ada, bob = await town.people("viewer", "ada", "bob")
        await town.follow(viewer, ada, bob)
        theirs = await town.publish(bob)
        await town.post(ada)
        await town.boost(ada, theirs)
        await town.relate("unfollow", viewer, ada)
        await town.post(ada)
        assert await town.home(viewer) == [theirs.id]

    async def test_what_is_deleted_or_taken_back_goes(self, town: Town) -> None:
        viewer, ada, stranger = await town.people("viewer", "ada", "stranger")
        await town.follow(viewer, ada)
        theirs = await town.publish(stranger)
        stays, goes = await town.post(ada), await town.post(ada)
        await town.boost(ada, theirs)
        await town.unboost(ada, theirs)
        await town.delete(ada, goes)
        assert await town.home(viewer) == [stays]

    async def test_a_post_shows_as_it_is_now(self, town: Town) -> None:
        viewer, ada = await town.people("viewer", "ada")
        await town.follow(viewer, ada)
        await town.build.edit(await town.publish(ada, "before"), "after")
        (entry,) = (await town.listing(viewer)).items
        assert (entry.post.text, entry.author.id) == ("after", ada.id)

    # Who sees what

    @pytest.mark.parametrize(
        ("visibility", "shown"),
        [
            (Visibility.PUBLIC, {"ada", "follower", "member", "named"}),
            (Visibility.UNLISTED, {"ada", "follower", "member", "named"}),
            (Visibility.FOLLOWERS, {"ada", "follower", "member", "named"}),
            (Visibility.MEMBERS, {"ada", "member"}),
            (Visibility.DIRECT, {"named"}),
        ],
    )
    async def test_each_level_is_shown_to_whom_it_is_for(
        self, town: Town, visibility: Visibility, shown: set[str]
    ) -> None:
        names = ("ada", "follower", "member", "named", "stranger")
        people = dict(zip(names, await town.people(*names), strict=True))
        for name in ("follower", "member", "named"):
            await town.follow(people[name], people["ada"])
        await town.member(people["member"], people["ada"])
        post = await town.post(people["ada"], "Hello @named", visibility=visibility)
        found = {name for name, person in people.items() if post in await town.home(person)}
        assert found == shown

    @pytest.mark.parametrize("act", ["block", "mute"])
    async def test_who_is_blocked_or_muted_is_gone_with_whatever_they_boost(
        self, town: Town, act: str
    ) -> None:
        viewer, ada, bob = await town.people("viewer", "ada", "bob")
        await town.follow(viewer, ada, bob)
        post = await town.publish(ada)
        theirs = await town.publish(bob)
        await town.boost(ada, theirs)
        await town.boost(bob, post)
        await town.relate(act, viewer, ada)
        assert await town.home(viewer) == [theirs.id]

    async def test_who_blocks_the_viewer_is_gone(self, town: Town) -> None:
        viewer, ada, bob = await town.people("viewer", "ada", "bob")
        await town.follow(viewer, ada, bob)
        post = await town.publish(ada)
        stays = await town.post(bob)
        await town.boost(bob, post)
        await town.relate("block", ada, viewer)
        assert await town.home(viewer) == [stays]

    async def test_who_is_muted_no_more_is_back(self, town: Town) -> None:
        viewer, ada = await town.people("viewer", "ada")
        await town.follow(viewer, ada)
        post = await town.post(ada)
        await town.relate("mute", viewer, ada)
        during = await town.post(ada)
        assert await town.home(viewer) == []
        await town.relate("unmute", viewer, ada)
        assert await town.home(viewer) == [during, post]

    @pytest.mark.parametrize("state", HIDDEN_STATES)
    async def test_people_who_are_not_shown_are_gone(self, town: Town, state: AccountState) -> None:
        viewer, ada, bob = await town.people("viewer", "ada", "bob")
        await town.follow(viewer, ada, bob)
        post, stays = await town.publish(ada), await town.post(bob)
        await town.boost(bob, post)
        await town.build.set_state(ada, state)
        assert await town.home(viewer) == [stays]

    async def test_everybody_has_a_home_of_their_own(self, town: Town) -> None:
        one, two, ada, bob = await town.people("one", "two", "ada", "bob")
        await town.follow(one, ada)
        await town.follow(two, bob)
        by_ada, by_bob = await town.post(ada), await town.post(bob)
        homes = await asyncio.gather(*(town.home(each) for each in (one, two, one, two)))
        assert homes == [[by_ada], [by_bob]] * 2

    # Pages

    async def test_newest_come_first(self, town: Town) -> None:
        viewer, found = await self.busy(town)
        assert await town.home(viewer) == found

    @pytest.mark.parametrize("limit", [1, 5])
    async def test_pages_down_have_no_gap_and_nothing_twice(self, town: Town, limit: int) -> None:
        viewer, found = await self.busy(town)
        seen: list[int] = []
        older: int | None = None
        for _ in range(MANY + 2):
            listing = await town.listing(viewer, Page(limit, max_id=older))
            seen += [entry.id for entry in listing.items]
            older = listing.older
            if older is None:
                break
        assert (seen, older) == (found, None)

    @pytest.mark.parametrize("limit", [1, 5])
    async def test_pages_up_have_no_gap_and_nothing_twice(self, town: Town, limit: int) -> None:
        viewer, found = await self.busy(town)
        seen: list[int] = []
        newer: int | None = 1
        for _ in range(MANY + 2):
            listing = await town.listing(viewer, Page(limit, min_id=newer))
            seen = [entry.id for entry in listing.items] + seen
            newer = listing.newer
            if newer is None or not listing.items:
                break
        assert seen == found

    async def test_bounds_are_open_and_choose_their_end(self, town: Town) -> None:
        viewer, found = await self.busy(town)
        low, high = found[8], found[2]
        assert await town.home(viewer, Page(80, max_id=high)) == found[3:]
        assert await town.home(viewer, Page(3, max_id=high)) == found[3:6]
        assert await town.home(viewer, Page(3, since_id=low)) == found[:3]
        assert await town.home(viewer, Page(3, min_id=low)) == found[5:8]
        assert await town.home(viewer, Page(80, max_id=high, since_id=low)) == found[3:8]
        assert await town.home(viewer, Page(2, max_id=high, min_id=low)) == found[6:8]

    async def test_a_page_holds_no_more_than_was_asked_for(self, town: Town) -> None:
        viewer, found = await self.busy(town)
        for limit in (1, 2, MANY - 1, MANY, MANY + 1):
            assert await town.home(viewer, Page(limit)) == found[:limit]

    async def test_what_comes_while_somebody_reads_moves_nothing(self, town: Town) -> None:
        viewer, found = await self.busy(town)
        first = await town.listing(viewer, Page(4))
        new = await town.post(viewer)
        second = await town.listing(viewer, Page(4, max_id=first.older))
        assert [entry.id for entry in (*first.items, *second.items)] == found[:8]
        assert await town.home(viewer, Page(4, min_id=found[0])) == [new]

    async def test_what_is_hidden_leaves_no_hole_in_a_page(self, town: Town) -> None:
        viewer, ada, bob = await town.people("viewer", "ada", "bob")
        await town.follow(viewer, ada, bob)
        found = []
        for _ in range(4):
            found.append(await town.post(ada))
            await town.post(bob)
        await town.relate("mute", viewer, bob)
        assert await town.home(viewer, Page(3)) == found[:0:-1]

    # What it costs, and what it leaves alone

    async def test_a_page_asks_the_storage_as_often_however_long_it_is(self, town: Town) -> None:
        viewer, found = await self.busy(town)
        short, long = [await town.calls_of(viewer, Page(limit)) for limit in (1, MANY)]
        assert len(short) == len(long) <= 4
        older = await town.calls_of(viewer, Page(MANY, max_id=found[3]))
        assert len(older) == len(long)

    async def test_reading_writes_nothing(self, town: Town) -> None:
        viewer, _ = await self.busy(town)
        for page in (Page(), Page(2), Page(2, min_id=1)):
            assert "commit" not in await town.calls_of(viewer, page)

    async def test_what_is_written_with_a_post_or_a_follow_is_said_and_not_done(self, town: Town) -> None:
        author, follower = await town.people("author", "follower")
        now = town.ports.clock.now()
        town.watched.calls.clear()
        for followers in (0, 1, 5, 1_000, 1_000_000):
            known = replace(author, followers_count=followers)
            delivery = town.strategy.delivery(known)
            assert isinstance(delivery, Delivery)
            post = town.build.draft(known, delivery=delivery)
            for operations in (
                town.strategy.on_publish(post, known, now, town.ports.ids.at(now)),
                town.strategy.on_follow(follower.id, author.id),
            ):
                assert not inspect.isawaitable(operations)
                assert all(isinstance(each, Operation) for each in operations)
        assert town.watched.calls == []
