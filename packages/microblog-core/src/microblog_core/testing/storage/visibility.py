"""Who sees which posts, from one table: every level, everybody who may look, every way to read.

The table is `SEES`; `memory.visibility` says the same as a predicate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from microblog_core.domain.accounts import HIDDEN_STATES, Account, AccountState
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Delivery, Post, Visibility
from microblog_core.domain.timelines import HomeSource
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids

PUBLIC, UNLISTED, FOLLOWERS, MEMBERS, DIRECT = Visibility
OPEN = frozenset({PUBLIC, UNLISTED})
NONE: frozenset[Visibility] = frozenset()

SEES: Mapping[str, frozenset[Visibility]] = {
    "owner": frozenset(Visibility),
    "follower": OPEN | {FOLLOWERS},
    "named": OPEN | {FOLLOWERS, DIRECT},
    "named follower": OPEN | {FOLLOWERS, DIRECT},
    "stranger": OPEN,
    "anonymous": OPEN,
    "blocked": NONE,
    "blocking": OPEN | {FOLLOWERS, DIRECT},
    "muting": OPEN | {FOLLOWERS, DIRECT},
}
"""The levels that each viewer may see. The owner blocks `blocked`, `blocking` blocks the owner, `muting`
mutes the owner; these three and both `named` are named in each post, and `muting` follows the owner.
"""
LEFT_OUT = frozenset({"blocking", "muting"})
"""Who may see the posts but does not want them in listings."""
FOLLOW = frozenset({"follower", "named follower", "muting"})
NAMED = frozenset({"named", "named follower", "blocked", "blocking", "muting"})

Table = dict[str, frozenset[Visibility]]


@dataclass
class Scene:
    """One owner with a post of each level, and everybody who looks."""

    build: Builder
    owner: Account
    friend: Account
    """Somebody whom all viewers follow and nobody blocks."""
    viewers: dict[str, Account | None]
    posts: dict[Visibility, Post]

    def viewer(self, who: str) -> int | None:
        """The account id of a viewer."""
        account = self.viewers[who]
        return None if account is None else account.id

    async def table(self, shows: Callable[[str, Visibility], Awaitable[bool]]) -> Table:
        """For each viewer the levels for which `shows` is true."""
        return {
            who: frozenset([level for level in Visibility if await shows(who, level)])
            for who in self.viewers
            if who in SEES
        }


async def make_scene(build: Builder, **changes: object) -> Scene:
    """The owner, viewers and posts; `changes` go to each post."""
    owner, friend = await build.people("owner", "friend")
    viewers: dict[str, Account | None] = {
        who: await build.account(who.replace(" ", "_")) for who in SEES if who not in ("owner", "anonymous")
    }
    viewers |= {"owner": owner, "anonymous": None}
    for who, account in viewers.items():
        if account is not None:
            await build.follow(account, friend)
            if who in FOLLOW or who in ("blocked", "blocking"):
                await build.follow(account, owner)
    await _draw_lines(build, owner, viewers)
    named = [account for who, account in viewers.items() if account and who in NAMED]
    posts = {
        level: await build.post(
            owner, f"for {level}", visibility=level, mentions=named, tags=("scene",), **changes
        )
        for level in Visibility
    }
    return Scene(build, owner, friend, viewers, posts)


async def _draw_lines(build: Builder, owner: Account, viewers: dict[str, Account | None]) -> None:
    blocked, blocking, muting = (viewers[who] for who in ("blocked", "blocking", "muting"))
    assert blocked is not None
    assert blocking is not None
    assert muting is not None
    await build.block(owner, blocked)
    await build.block(blocking, owner)
    await build.mute(muting, owner)


def listed(table: Mapping[str, frozenset[Visibility]]) -> Table:
    """The same table for listings, which leave out whom the viewer blocks or mutes."""
    return {who: NONE if who in LEFT_OUT else levels for who, levels in table.items()}


def only(table: Mapping[str, frozenset[Visibility]], level: Visibility) -> Table:
    """The same table for listings of one level."""
    return {who: levels & {level} for who, levels in table.items()}


class VisibilityTests(StorageTests):
    """The table, read in every way there is."""

    @pytest.fixture
    async def scene(self, build: Builder) -> Scene:
        """One owner with a post of each level, and everybody who looks."""
        return await make_scene(build)

    async def test_single_posts(self, storage: Storage, scene: Scene) -> None:
        async def shows(who: str, level: Visibility) -> bool:
            return await storage.posts.get(scene.viewer(who), scene.posts[level].id) is not None

        assert await scene.table(shows) == SEES

    async def test_threads_open_at_the_post(self, storage: Storage, scene: Scene) -> None:
        async def shows(who: str, level: Visibility) -> bool:
            return await storage.posts.thread(scene.viewer(who), scene.posts[level].id) is not None

        assert await scene.table(shows) == SEES

    async def test_histories(self, storage: Storage, scene: Scene) -> None:
        for level, post in scene.posts.items():
            scene.posts[level] = await scene.build.edit(post, "edited")

        async def shows(who: str, level: Visibility) -> bool:
            history = await storage.posts.edits(scene.viewer(who), scene.posts[level].id)
            assert len(history) in (0, 2)
            return len(history) == 2

        assert await scene.table(shows) == SEES

    async def test_who_reacted(self, storage: Storage, scene: Scene) -> None:
        for post in scene.posts.values():
            await scene.build.favourite(scene.friend, post)
            await scene.build.boost(scene.friend, post)

        async def favourited(who: str, level: Visibility) -> bool:
            found = await storage.posts.favourited_by(scene.viewer(who), scene.posts[level].id, ALL)
            return [item.account.id for item in found.items] == [scene.friend.id]

        async def boosted(who: str, level: Visibility) -> bool:
            found = await storage.posts.boosted_by(scene.viewer(who), scene.posts[level].id, ALL)
            return [item.account.id for item in found.items] == [scene.friend.id]

        assert await scene.table(favourited) == SEES
        assert await scene.table(boosted) == SEES

    @pytest.mark.parametrize("replies", [False, True])
    async def test_the_authors_own_page(self, storage: Storage, scene: Scene, replies: bool) -> None:
        async def shows(who: str, level: Visibility) -> bool:
            page = await storage.timelines.profile(scene.viewer(who), "owner", "", ALL, replies=replies)
            assert (page is None) == (who == "blocked")
            return page is not None and scene.posts[level].id in ids(page.posts)

        assert await scene.table(shows) == SEES

    async def test_public_timelines_and_hashtags(self, storage: Storage, scene: Scene) -> None:
        async def public(who: str, level: Visibility) -> bool:
            return scene.posts[level].id in ids(await storage.timelines.public(scene.viewer(who), ALL))

        async def tag(who: str, level: Visibility) -> bool:
            return scene.posts[level].id in ids(await storage.timelines.tag(scene.viewer(who), "scene", ALL))

        assert await scene.table(public) == listed(only(SEES, PUBLIC))
        assert await scene.table(tag) == listed(only(SEES, PUBLIC))

    @pytest.mark.parametrize("source", HomeSource)
    @pytest.mark.parametrize("delivery", Delivery)
    async def test_home_timelines(
        self, storage: Storage, build: Builder, source: HomeSource, delivery: Delivery
    ) -> None:
        scene = await make_scene(build, delivery=delivery)
        for post in scene.posts.values():
            await build.home_rows(post, *[account for account in scene.viewers.values() if account])

        async def shows(who: str, level: Visibility) -> bool:
            viewer = scene.viewer(who)
            if viewer is None:
                return False
            return scene.posts[level].id in ids(await storage.timelines.home(viewer, ALL, source))

        near = {who: SEES[who] if who in FOLLOW or who == "owner" else NONE for who in SEES}
        near["owner"] -= {DIRECT}
        assert await scene.table(shows) == listed(near)

    async def test_what_surrounds_a_post_in_its_thread(self, storage: Storage, scene: Scene) -> None:
        build = scene.build
        root = await build.post(scene.friend, "root")
        below = {
            level: await build.post(scene.owner, visibility=level, answers=root, mentions=_named(scene))
            for level in Visibility
        }
        beneath = {
            level: await build.post(scene.friend, "beneath", answers=post)
            for level, post in scene.posts.items()
        }

        async def descendants(who: str, level: Visibility) -> bool:
            thread = await storage.posts.thread(scene.viewer(who), root.id)
            assert thread is not None
            return below[level].id in {entry.id for entry in thread.descendants}

        async def ancestors(who: str, level: Visibility) -> bool:
            thread = await storage.posts.thread(scene.viewer(who), beneath[level].id)
            assert thread is not None
            assert len(thread.ancestors) <= 1
            return [entry.id for entry in thread.ancestors] == [scene.posts[level].id]

        assert await scene.table(descendants) == listed(SEES)
        assert await scene.table(ancestors) == listed(SEES)

    async def test_notifications_about_posts(self, storage: Storage, scene: Scene) -> None:
        told = {}
        for who, account in scene.viewers.items():
            for level, post in scene.posts.items():
                if account is not None:
                    notification = await scene.build.notify(
                        account, NotificationKind.FAVOURITE, scene.friend, post
                    )
                    told[who, level] = notification.id

        async def shows(who: str, level: Visibility) -> bool:
            viewer = scene.viewer(who)
            if viewer is None:
                return level in OPEN
            page = await storage.notifications.page(viewer, ALL)
            assert await storage.notifications.unread(viewer) == len(page.items)
            return told[who, level] in [item.id for item in page.items]

        assert await scene.table(shows) == SEES

    @pytest.mark.parametrize("kind", list(NotificationKind))
    async def test_notifications_by_people(
        self, storage: Storage, scene: Scene, kind: NotificationKind
    ) -> None:
        shown = {}
        for who, account in scene.viewers.items():
            if account is not None and who not in ("owner", "blocked"):
                await scene.build.notify(account, kind, scene.owner)
                page = await storage.notifications.page(account.id, ALL)
                assert await storage.notifications.unread(account.id) == len(page.items)
                shown[who] = bool(page.items)
        assert shown == {who: who not in LEFT_OUT for who in shown}

    async def test_boosts_of_what_one_may_not_see(self, storage: Storage, scene: Scene) -> None:
        boosts = {level: await scene.build.boost(scene.friend, post) for level, post in scene.posts.items()}

        async def alone(who: str, level: Visibility) -> bool:
            entry = await storage.posts.get(scene.viewer(who), boosts[level].id)
            assert entry is None or entry.post.id == scene.posts[level].id
            return entry is not None

        async def own_page(who: str, level: Visibility) -> bool:
            page = await storage.timelines.profile(scene.viewer(who), "friend", "", ALL, replies=False)
            assert page is not None
            return boosts[level].id in ids(page.posts)

        async def home(who: str, level: Visibility) -> bool:
            viewer = scene.viewer(who)
            if viewer is None:
                return level in OPEN
            pages = [ids(await storage.timelines.home(viewer, ALL, source)) for source in HomeSource]
            assert pages[0] == pages[1]
            return boosts[level].id in pages[0]

        async def public(who: str, level: Visibility) -> bool:
            return boosts[level].id in ids(await storage.timelines.public(scene.viewer(who), ALL))

        assert await scene.table(alone) == SEES
        assert await scene.table(own_page) == SEES
        assert await scene.table(home) == listed(SEES)
        assert await scene.table(public) == dict.fromkeys(SEES, NONE)

    async def test_boosts_by_those_one_does_not_see(self, storage: Storage, scene: Scene) -> None:
        post = await scene.build.post(scene.friend, "of a friend")
        boost = await scene.build.boost(scene.owner, post)
        await scene.build.home_rows(boost, *[account for account in scene.viewers.values() if account])
        alone, home = {}, {}
        for who in scene.viewers:
            viewer = scene.viewer(who)
            alone[who] = await storage.posts.get(viewer, boost.id) is not None
            if viewer is not None:
                pages = [ids(await storage.timelines.home(viewer, ALL, source)) for source in HomeSource]
                assert pages[0] == pages[1]
                assert post.id in pages[0]
                home[who] = boost.id in pages[0]
        assert alone == {who: who != "blocked" for who in SEES}
        assert home == {who: who in {"owner", "follower", "named follower"} for who in home}

    async def test_people_who_block_the_viewer_are_in_no_list_of_people(
        self, storage: Storage, scene: Scene
    ) -> None:
        build, friend = scene.build, scene.friend
        post = await build.post(friend, "liked")
        await build.follow(friend, scene.owner)
        await build.favourite(scene.owner, post)
        await build.boost(scene.owner, post)
        shown = {}
        for who in scene.viewers:
            viewer = scene.viewer(who)
            found = [
                await storage.relations.followers(viewer, friend.id, ALL),
                await storage.relations.following(viewer, friend.id, ALL),
                await storage.posts.favourited_by(viewer, post.id, ALL),
                await storage.posts.boosted_by(viewer, post.id, ALL),
            ]
            there = {scene.owner.id in [item.account.id for item in listing.items] for listing in found}
            assert len(there) == 1
            shown[who] = there.pop()
        assert shown == {who: who != "blocked" for who in SEES}

    @pytest.mark.parametrize("state", HIDDEN_STATES)
    async def test_nothing_by_suspended_or_deleted_people_is_shown(
        self, storage: Storage, scene: Scene, state: AccountState
    ) -> None:
        build, friend = scene.build, scene.friend
        liked = await build.post(friend, "liked", tags=("scene",))
        answer = await build.post(friend, "answer", answers=scene.posts[PUBLIC])
        await build.boost(friend, scene.posts[PUBLIC])
        await build.boost(scene.owner, liked)
        await build.favourite(scene.owner, liked)
        await build.follow(friend, scene.owner)
        viewer = scene.viewers["named follower"]
        assert viewer is not None
        await build.notify(viewer, NotificationKind.MENTION, scene.owner, scene.posts[PUBLIC])
        await build.notify(viewer, NotificationKind.FOLLOW, scene.owner)
        await build.set_state(scene.owner, state)
        for who in SEES.keys() - {"owner"}:
            looks = scene.viewer(who)
            for post in scene.posts.values():
                assert await storage.posts.get(looks, post.id) is None
            assert await storage.timelines.profile(looks, "owner", "", ALL, replies=True) is None
            assert ids(await storage.timelines.public(looks, ALL)) == [liked.id]
            assert ids(await storage.timelines.tag(looks, "scene", ALL)) == [liked.id]
            thread = await storage.posts.thread(looks, answer.id)
            assert thread is not None
            assert (thread.ancestors, thread.entry.replied_to) == ((), None)
            for people in (
                await storage.relations.followers(looks, friend.id, ALL),
                await storage.relations.following(looks, friend.id, ALL),
                await storage.posts.favourited_by(looks, liked.id, ALL),
                await storage.posts.boosted_by(looks, liked.id, ALL),
            ):
                assert scene.owner.id not in [item.account.id for item in people.items]
        for source in HomeSource:
            assert ids(await storage.timelines.home(viewer.id, ALL, source)) == [answer.id, liked.id]
        assert (await storage.notifications.page(viewer.id, ALL)).items == ()
        assert await storage.notifications.unread(viewer.id) == 0

    async def test_disabled_people_stay_visible(self, storage: Storage, scene: Scene) -> None:
        await scene.build.set_state(scene.owner, AccountState.DISABLED)
        await self.test_single_posts(storage, scene)
        await self.test_public_timelines_and_hashtags(storage, scene)

    async def test_silenced_people_are_left_out_of_public_listings_only(
        self, storage: Storage, scene: Scene
    ) -> None:
        await scene.build.set_state(scene.owner, AccountState.SILENCED)
        await self.test_single_posts(storage, scene)
        await self.test_the_authors_own_page(storage, scene, replies=False)
        follower = scene.viewer("follower")
        assert follower is not None
        for viewer in (follower, scene.viewer("stranger"), None):
            assert ids(await storage.timelines.public(viewer, ALL)) == []
            assert ids(await storage.timelines.tag(viewer, "scene", ALL)) == []
        for source in HomeSource:
            home = ids(await storage.timelines.home(follower, ALL, source))
            assert home == [scene.posts[level].id for level in (FOLLOWERS, UNLISTED, PUBLIC)]


def _named(scene: Scene) -> list[Account]:
    return [account for who, account in scene.viewers.items() if account and who in NAMED]
