"""Follows, blocks and mutes: guards, counts, lists."""

from __future__ import annotations

from microblog_core.domain.relations import FollowOptions, Relationship
from microblog_core.ports.operations import (
    AddBlock,
    AddFollow,
    AddMute,
    DeleteBlock,
    DeleteFollow,
    DeleteMute,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


class RelationTests(StorageTests):
    """How accounts stand to one another."""

    async def test_how_two_people_stand_to_each_other(self, storage: Storage, build: Builder) -> None:
        ada, bob, cy, dan, eve = await build.people("ada", "bob", "cy", "dan", "eve")
        await build.follow(ada, bob)
        await build.follow(cy, ada)
        await build.block(ada, dan)
        await build.block(eve, ada)
        await build.mute(ada, eve)
        found = await storage.relations.get(ada.id, [bob.id, cy.id, dan.id, eve.id, ada.id])
        assert found == {
            bob.id: Relationship(account_id=bob.id, following=True, options=FollowOptions()),
            cy.id: Relationship(account_id=cy.id, followed_by=True),
            dan.id: Relationship(account_id=dan.id, blocking=True),
            eve.id: Relationship(account_id=eve.id, blocked_by=True, muting=True, muting_notifications=True),
            ada.id: Relationship(account_id=ada.id),
        }
        assert dict(await storage.relations.get(ada.id, [])) == {}

    async def test_a_follow_needs_both_and_no_block_between_them(self, build: Builder) -> None:
        ada, bob, cy, dan = await build.people("ada", "bob", "cy", "dan")
        await build.follow(ada, bob)
        await build.block(ada, cy)
        await build.block(dan, ada)
        for follower, followee, guard in (
            (ada.id, bob.id, "follow"),
            (ada.id, cy.id, "block"),
            (ada.id, dan.id, "block"),
            (ada.id, 1, "exists"),
            (1, ada.id, "exists"),
        ):
            follow = AddFollow(
                id=build.next_id(), follower_id=follower, followee_id=followee, created_at=build.clock.now()
            )
            await refused(build, guard, follow)

    async def test_blocks_and_mutes_need_both_and_come_once(self, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.block(ada, bob)
        await build.mute(ada, bob)
        now = build.clock.now()
        for other, block_guard, mute_guard in ((bob.id, "blocked", "muted"), (1, "exists", "exists")):
            block = AddBlock(id=build.next_id(), blocker_id=ada.id, blocked_id=other, created_at=now)
            mute = AddMute(id=build.next_id(), muter_id=ada.id, muted_id=other, created_at=now)
            await refused(build, block_guard, block)
            await refused(build, mute_guard, mute)

    async def test_follows_are_counted_on_both_sides(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")

        async def counts() -> list[tuple[int, int]]:
            both = [await storage.accounts.get(account.id) for account in (ada, bob)]
            return [(account.followers_count, account.following_count) for account in both if account]

        await build.follow(ada, bob)
        assert await counts() == [(0, 1), (1, 0)]
        await build.follow(bob, ada)
        assert await counts() == [(1, 1), (1, 1)]
        for _ in range(2):
            await build.apply(DeleteFollow(follower_id=ada.id, followee_id=bob.id))
            assert await counts() == [(1, 0), (0, 1)]
        await build.follow(ada, bob)
        await build.block(ada, bob)
        assert await counts() == [(0, 0), (0, 0)]
        assert (await storage.relations.get(ada.id, [bob.id]))[bob.id] == Relationship(
            account_id=bob.id, blocking=True
        )

    async def test_what_ends_may_begin_again(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        for _ in range(2):
            await build.block(ada, bob)
            await build.mute(ada, bob)
            for _ in range(2):
                await build.apply(
                    DeleteBlock(blocker_id=ada.id, blocked_id=bob.id),
                    DeleteMute(muter_id=ada.id, muted_id=bob.id),
                )
            relation = (await storage.relations.get(ada.id, [bob.id]))[bob.id]
            assert relation == Relationship(account_id=bob.id)
        await build.follow(ada, bob)

    async def test_lists_of_people_are_newest_first_by_the_relation(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy, dan = await build.people("ada", "bob", "cy", "dan")
        first, second = await build.follow(dan, ada), await build.follow(bob, ada)
        third, fourth = await build.follow(ada, cy), await build.follow(ada, bob)
        followers = await storage.relations.followers(None, ada.id, ALL)
        assert [(item.id, item.account.id) for item in followers.items] == [(second, bob.id), (first, dan.id)]
        following = await storage.relations.following(cy.id, ada.id, ALL)
        assert [(item.id, item.account.id) for item in following.items] == [(fourth, bob.id), (third, cy.id)]
        assert followers.items[1].account == await storage.accounts.get(dan.id)
        blocks = [await build.block(ada, dan), await build.block(ada, cy)]
        mutes = [await build.mute(ada, bob), await build.mute(ada, dan)]
        blocked = await storage.relations.blocked(ada.id, ALL)
        assert [(item.id, item.account.id) for item in blocked.items] == [
            (blocks[1], cy.id),
            (blocks[0], dan.id),
        ]
        muted = await storage.relations.muted(ada.id, ALL)
        assert [(item.id, item.account.id) for item in muted.items] == [
            (mutes[1], dan.id),
            (mutes[0], bob.id),
        ]
        assert (await storage.relations.blocked(bob.id, ALL)).items == ()
        assert (await storage.relations.muted(bob.id, ALL)).items == ()

    async def test_followers_are_read_in_chunks_oldest_first(self, storage: Storage, build: Builder) -> None:
        ada, *others = await build.people("ada", "bob", "cy", "dan", "eve")
        pairs = [(await build.follow(other, ada), other.id) for other in others]
        after = 0
        found: list[tuple[int, ...]] = []
        while chunk := await storage.relations.follower_ids(ada.id, after, 3):
            assert len(chunk) <= 3
            found.extend(tuple(pair) for pair in chunk)
            after = chunk[-1][0]
        assert found == pairs
        assert list(await storage.relations.follower_ids(others[0].id, 0, 3)) == []
