"""Whom an event is for: the same people whose listings show it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.lists import List, RepliesPolicy
from microblog_core.domain.posts import Visibility
from microblog_core.domain.relations import FollowOptions
from microblog_core.domain.timelines import HomeSource
from microblog_core.ports.operations import AddTagFollow, DeletePost, DeleteToken, Signal, UpdateFollow
from microblog_core.ports.signals import SignallingStorage
from microblog_core.ports.storage import SIGNALS, Storage
from microblog_core.ports.streaming import Listening
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.applications import allow, make_application
from microblog_core.testing.storage.base import ALL, StorageTests, ids
from microblog_core.testing.storage.filters import make_filter
from microblog_core.testing.storage.lists import make_list
from microblog_core.testing.storage.visibility import Scene, make_scene

TAG = "scene"


class Crowd:
    """Everybody of a scene listens to everything, and some have lists."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.people: list[int] = [account.id for account in scene.viewers.values() if account]
        self.lists: list[List] = []

    @property
    def listening(self) -> Listening:
        return Listening(
            home=self.people,
            public=self.people,
            anonymous=True,
            lists={made.id: made.account_id for made in self.lists},
        )

    async def compare(self, storage: Storage, lines: Iterable[int], tags: Iterable[str] = (TAG,)) -> None:
        """Hold the audience of each post or boost against everybody's listings."""
        streams, timelines = storage.streams, storage.timelines
        homes = {who: set(ids(await timelines.home(who, ALL, HomeSource.FOLLOWS))) for who in self.people}
        public: dict[int | None, set[int]] = {}
        for who in (*self.people, None):
            found = set(ids(await timelines.public(who, ALL)))
            for tag in tags:
                found |= set(ids(await timelines.tag(who, tag, ALL)))
            public[who] = found
        lists: dict[int, set[int]] = {}
        for made in self.lists:
            listing = await timelines.list(made.account_id, made.id, ALL)
            assert listing is not None
            lists[made.id] = set(ids(listing))
        for line in lines:
            audience = await streams.audience(line, self.listening)
            assert set(audience.home) == {who for who in self.people if line in homes[who]}
            assert set(audience.public) == {who for who in self.people if line in public[who]}
            assert (audience.anonymous is not None) == (line in public[None])
            assert set(audience.lists) == {made for made in lists if line in lists[made]}


class StreamTests(StorageTests):
    """Audiences of posts and boosts that are there, and of some that are gone."""

    @pytest.fixture
    async def crowd(self, build: Builder) -> Crowd:
        """Everybody listens."""
        return Crowd(await make_scene(build))

    async def test_a_post_of_each_level_is_for_those_whose_listings_show_it(
        self, storage: Storage, crowd: Crowd
    ) -> None:
        assert set(crowd.scene.posts) == set(Visibility)
        await crowd.compare(storage, [post.id for post in crowd.scene.posts.values()])

    async def test_answers_and_boosts_are_for_those_whose_listings_show_them(
        self, storage: Storage, build: Builder, crowd: Crowd
    ) -> None:
        scene = crowd.scene
        public = scene.posts[Visibility.PUBLIC]
        lines = [
            (await build.post(scene.owner, "to myself", answers=public, tags=(TAG,))).id,
            (await build.post(scene.friend, "to the owner", answers=public, tags=(TAG,))).id,
            (await build.boost(scene.friend, public)).id,
            (await build.boost(scene.owner, scene.posts[Visibility.UNLISTED])).id,
        ]
        await crowd.compare(storage, lines)

    async def test_the_options_of_a_follow_count(
        self, storage: Storage, build: Builder, crowd: Crowd
    ) -> None:
        scene = crowd.scene
        for who, options in (
            ("follower", FollowOptions(boosts=False)),
            ("named follower", FollowOptions(languages=("de",))),
        ):
            viewer = scene.viewer(who)
            assert viewer is not None
            await build.apply(UpdateFollow(follower_id=viewer, followee_id=scene.owner.id, options=options))
        theirs = await build.post(scene.friend, "hello")
        lines = [
            (await build.boost(scene.owner, theirs)).id,
            (await build.post(scene.owner, "guten Tag", language="de")).id,
            (await build.post(scene.owner, "good day", language="en")).id,
        ]
        await crowd.compare(storage, lines)
        assert (
            scene.viewer("follower") not in (await storage.streams.audience(lines[0], crowd.listening)).home
        )

    async def test_who_follows_a_tag_gets_its_public_posts(
        self, storage: Storage, build: Builder, crowd: Crowd
    ) -> None:
        for who in ("stranger", "blocked", "muting"):
            viewer = crowd.scene.viewer(who)
            assert viewer is not None
            await build.apply(
                AddTagFollow(id=build.next_id(), account_id=viewer, tag=TAG, created_at=build.clock.now())
            )
        await crowd.compare(storage, [post.id for post in crowd.scene.posts.values()])
        public = crowd.scene.posts[Visibility.PUBLIC].id
        assert (
            crowd.scene.viewer("stranger") in (await storage.streams.audience(public, crowd.listening)).home
        )

    @pytest.mark.parametrize("policy", RepliesPolicy)
    async def test_lists_get_what_their_timelines_show(
        self, storage: Storage, build: Builder, crowd: Crowd, policy: RepliesPolicy
    ) -> None:
        scene = crowd.scene
        for who in ("follower", "named follower", "muting"):
            owner = scene.viewers[who]
            assert owner is not None
            crowd.lists.append(await make_list(build, owner, scene.owner, replies_policy=policy))
        crowd.lists.append(
            await make_list(build, _account(scene, "stranger"), scene.friend, replies_policy=policy)
        )
        root = await build.post(scene.friend, "root")
        answers = await build.post(scene.owner, "answers", answers=root, tags=(TAG,))
        boost = await build.boost(scene.owner, root)
        lines = [root.id, answers.id, boost.id, *(post.id for post in scene.posts.values())]
        await crowd.compare(storage, lines)

    @pytest.mark.parametrize("state", [AccountState.SILENCED, AccountState.SUSPENDED, AccountState.DISABLED])
    async def test_states_of_the_author_count(
        self, storage: Storage, build: Builder, crowd: Crowd, state: AccountState
    ) -> None:
        await build.set_state(crowd.scene.owner, state)
        await crowd.compare(storage, [post.id for post in crowd.scene.posts.values()])

    async def test_who_may_not_see_what_a_post_quotes_is_told_apart(
        self, storage: Storage, build: Builder, crowd: Crowd
    ) -> None:
        scene = crowd.scene
        quoting = await build.post(scene.friend, "look", quote_of_id=scene.posts[Visibility.PUBLIC].id)
        plain = await build.post(scene.friend, "nothing")
        audience = await storage.streams.audience(quoting.id, crowd.listening)
        apart = {scene.viewer(who) for who in ("blocked", "blocking", "muting")}
        assert {who for who, shown in audience.home.items() if not shown.quote} == apart
        assert {who for who, shown in audience.public.items() if not shown.quote} == apart
        assert audience.anonymous is not None
        assert audience.anonymous.quote
        gone = msgspec.structs.replace(crowd.listening, public=())
        assert all(shown.quote for shown in (await storage.streams.audience(plain.id, gone)).home.values())

    async def test_who_has_filters_is_told_apart(
        self, storage: Storage, build: Builder, crowd: Crowd
    ) -> None:
        await make_filter(build, _account(crowd.scene, "follower"), "tea")
        public = crowd.scene.posts[Visibility.PUBLIC]
        audience = await storage.streams.audience(public.id, crowd.listening)
        for those in (audience.home, audience.public):
            assert [who for who, shown in those.items() if shown.filters] == [crowd.scene.viewer("follower")]

    async def test_only_who_listens_is_named(self, storage: Storage, crowd: Crowd) -> None:
        public = crowd.scene.posts[Visibility.PUBLIC].id
        follower = crowd.scene.viewer("follower")
        assert follower is not None
        audience = await storage.streams.audience(public, Listening(home=(follower,)))
        assert set(audience.home) == {follower}
        assert (audience.public, audience.anonymous, audience.lists) == ({}, None, {})
        assert (await storage.streams.audience(public, Listening())).home == {}
        assert (await storage.streams.audience(1, crowd.listening)).home == {}

    async def test_what_is_gone_reaches_those_whose_listings_may_have_shown_it(
        self, storage: Storage, build: Builder, crowd: Crowd
    ) -> None:
        scene = crowd.scene
        crowd.lists.append(await make_list(build, _account(scene, "follower"), scene.owner))
        crowd.lists.append(await make_list(build, _account(scene, "muting"), scene.owner))
        crowd.lists.append(await make_list(build, _account(scene, "stranger"), scene.friend))
        stranger = _account(scene, "stranger").id
        await build.apply(
            AddTagFollow(id=build.next_id(), account_id=stranger, tag=TAG, created_at=build.clock.now())
        )
        near = {scene.owner.id, _account(scene, "follower").id, _account(scene, "named follower").id}
        reach = await storage.streams.reach(scene.owner.id, (), crowd.listening)
        assert set(reach.home) == near
        assert set(reach.public) == near | {stranger, _account(scene, "named").id}
        assert reach.anonymous is not None
        assert list(reach.lists) == [crowd.lists[0].id]
        tagged = await storage.streams.reach(scene.owner.id, (TAG, "other"), crowd.listening)
        assert set(tagged.home) == near | {stranger}


def _account(scene: Scene, who: str) -> Account:
    account = scene.viewers[who]
    assert account is not None
    return account


class LivingTokenTests(StorageTests):
    """Which tokens still let anybody do anything."""

    async def test_tokens_live_until_they_are_revoked_or_their_account_may_not_log_in(
        self, storage: Storage, build: Builder
    ) -> None:
        people = await build.people("ada", "ben", "cyd")
        application = await make_application(build)
        tokens = [
            (await allow(build, application, person, f"token {person.username}")).token.id
            for person in people
        ]
        assert await storage.applications.living([*tokens, 1]) == frozenset(tokens)
        await build.apply(DeleteToken(token_hash="token ada"))
        await build.set_state(people[1], AccountState.DISABLED)
        assert await storage.applications.living(tokens) == {tokens[2]}
        assert await storage.applications.living([]) == frozenset()


class SignalTests(StorageTests):
    """What a storage with the capability `signals` must do besides. Give `other_storage`, the same one as
    another process has it open.
    """

    async def test_others_hear_what_was_committed_in_its_order_and_oneself_does_not(
        self, storage: Storage, other_storage: Storage
    ) -> None:
        own, others = hearing(storage), hearing(other_storage)
        said = [b'{"type":"x","number":%d,"text":"\xc3\xa4\\n%b"}' % (each, b"x" * 99) for each in range(300)]
        await storage.commit([Signal(event=each) for each in said[:-1]])
        await storage.commit([Signal(event=said[-1])])
        await heard(other_storage, others, said[-1])
        assert others == said
        back = b'{"type":"y"}'
        await other_storage.commit([Signal(event=back)])
        await heard(storage, own, back)
        assert own == [back]

    async def test_what_was_not_committed_is_not_told(
        self, storage: Storage, other_storage: Storage, build: Builder
    ) -> None:
        others = hearing(other_storage)
        missing = build.draft(await build.account("ada"))
        with pytest.raises(Conflict):
            await storage.commit([Signal(event=b'{"type":"x"}'), DeletePost(post=missing)])
        await storage.commit([Signal(event=b'{"type":"y"}')])
        await heard(other_storage, others, b'{"type":"y"}')
        assert others == [b'{"type":"y"}']


def hearing(storage: Storage) -> list[bytes]:
    """What the storage is told of other processes' events from now on."""
    assert SIGNALS in storage.capabilities
    assert isinstance(storage, SignallingStorage)
    told: list[bytes] = []
    storage.hear(told.append)
    return told


async def heard(storage: Storage, told: list[bytes], event: bytes) -> None:
    """Wait until the storage has heard this event."""
    async with asyncio.timeout(10):
        while event not in told:
            storage.stale_keys()
            await asyncio.sleep(0.005)
