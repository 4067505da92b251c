"""Who sees what is for members: a storage with the capability `ledger` lets in who paid, in every listing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.payments import SubscriptionState
from microblog_core.domain.posts import Delivery, Post, Visibility
from microblog_core.domain.timelines import HomeSource
from microblog_core.ports.clock import SystemClock
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids
from microblog_core.testing.storage.till import Till

HOUR = 3600 * 1000

SEES = {
    "author": True,
    "member": True,
    "ending": True,
    "late": False,
    "pending": False,
    "other": False,
    "follower": False,
    "blocked": False,
    "anonymous": False,
}
"""Who sees an author's posts for members: the author and people with access at this moment (`ending` ended
their membership, and what they paid isn't over yet). Not `late` (their access is over), `other` (a member of
somebody else), nor members whom the author blocks. All but `anonymous` follow the author.
"""


class Club:
    """An author with a post for members, and everybody who looks."""

    def __init__(self, build: Builder, till: Till, people: dict[str, Account], post: Post) -> None:
        self.build, self.till, self.people, self.post = build, till, people, post

    def viewer(self, who: str) -> int | None:
        """The account id of a viewer."""
        return self.people[who].id if who in self.people else None

    async def table(self, shows: Callable[[int | None], Awaitable[bool]]) -> dict[str, bool]:
        """For everybody whether it is shown to them."""
        return {who: await shows(self.viewer(who)) for who in SEES}


async def found_club(build: Builder, **changes: object) -> Club:
    """The author, members and the post."""
    names = [who for who in SEES if who != "anonymous"]
    people = dict(zip(names, await build.people(*names), strict=True))
    till, now = Till(build), SystemClock().now()
    author = people["author"]
    tier = await till.tier(author)
    for who in names[1:]:
        if who != "blocked":
            await build.follow(people[who], author)
    for who, state, access in (
        ("member", SubscriptionState.ACTIVE, now + HOUR),
        ("ending", SubscriptionState.ENDED, now + HOUR),
        ("late", SubscriptionState.PAST_DUE, now - 2000),
        ("pending", SubscriptionState.PENDING, 0),
        ("blocked", SubscriptionState.ACTIVE, now + HOUR),
    ):
        await till.membership(people[who], tier, state=state, access_until=access)
    await till.membership(people["other"], await till.tier(people["member"]), access_until=now + HOUR)
    await build.block(author, people["blocked"])
    post = await build.post(author, "For members", visibility=Visibility.MEMBERS, **changes)
    return Club(build, till, people, post)


class MemberTests(StorageTests):
    """Posts for members, read in every way there is."""

    @pytest.fixture
    async def club(self, build: Builder) -> Club:
        """An author with members."""
        return await found_club(build)

    async def test_single_posts_threads_and_histories(self, storage: Storage, club: Club) -> None:
        post_id = club.post.id

        async def single(viewer: int | None) -> bool:
            return await storage.posts.get(viewer, post_id) is not None

        async def thread(viewer: int | None) -> bool:
            return await storage.posts.thread(viewer, post_id) is not None

        async def history(viewer: int | None) -> bool:
            return bool(await storage.posts.edits(viewer, post_id))

        for way in (single, thread, history):
            assert await club.table(way) == SEES

    async def test_the_authors_page(self, storage: Storage, club: Club) -> None:
        async def shows(viewer: int | None) -> bool:
            profile = await storage.timelines.profile(viewer, "author", "", ALL, replies=True)
            return profile is not None and club.post.id in ids(profile.posts)

        assert await club.table(shows) == SEES

    @pytest.mark.parametrize("delivery", Delivery)
    async def test_home_timelines(self, storage: Storage, build: Builder, delivery: Delivery) -> None:
        club = await found_club(build, delivery=delivery)
        for source in HomeSource:

            async def shows(viewer: int | None, source: HomeSource = source) -> bool:
                if viewer is None:
                    return False
                return club.post.id in ids(await storage.timelines.home(viewer, ALL, source))

            # Home rows are there for who follows: those who don't are let in nowhere.
            assert await club.table(shows) == SEES

    async def test_public_listings_show_none(self, storage: Storage, build: Builder) -> None:
        club = await found_club(build, tags=("club",))
        for who in SEES:
            viewer = club.viewer(who)
            assert club.post.id not in ids(await storage.timelines.public(viewer, ALL))

    async def test_answers_are_for_the_same_people_whoever_wrote_them(
        self, storage: Storage, build: Builder, club: Club
    ) -> None:
        author, member = club.people["author"], club.people["member"]
        answer = await build.post(
            member, "I agree", answers=club.post, visibility=Visibility.MEMBERS, members_of_id=author.id
        )

        async def shows(viewer: int | None) -> bool:
            return await storage.posts.get(viewer, answer.id) is not None

        # Whom the author blocks paid the author; the member has nothing against them.
        assert await club.table(shows) == SEES | {"blocked": True}
        found = await storage.posts.get(author.id, answer.id)
        assert found is not None and found.post == answer

    async def test_notifications_about_them_are_for_who_sees_them(
        self, storage: Storage, build: Builder, club: Club
    ) -> None:
        author = club.people["author"]
        for who in ("member", "late"):
            await build.notify(club.people[who], NotificationKind.STATUS, author, club.post)
            shown = (await storage.notifications.page(club.people[who].id, ALL)).items
            assert bool(shown) == SEES[who]

    async def test_a_teaser_says_that_it_is_one(self, storage: Storage, build: Builder) -> None:
        (ada,) = await build.people("ada")
        teaser = await build.post(ada, "There is more", teaser_for_members=True)
        found = await storage.posts.get(None, teaser.id)
        assert found is not None and found.post == teaser
