"""Lists: whose they are, who is on them, and what their timelines and the owner's home show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.lists import List, RepliesPolicy
from microblog_core.domain.posts import Delivery, Entry, Visibility
from microblog_core.domain.timelines import HomeSource, Listing
from microblog_core.ports.operations import (
    AddBlock,
    AddList,
    AddListMembers,
    DeleteFollow,
    DeleteList,
    DeleteListMembers,
    UpdateList,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused


async def make_list(build: Builder, owner: Account, *members: Account, **changes: Any) -> List:
    """A list of the owner's; members that are not followed yet are followed first."""
    made = List(id=build.next_id(), account_id=owner.id, **{"title": "Friends", **changes})
    await build.apply(AddList(list=made))
    for member in members:
        if not (await build.storage.relations.get(owner.id, [member.id]))[member.id].following:
            await build.follow(owner, member)
        await put_on(build, made, member)
    return made


def on_list(build: Builder, made: List, *members: Account, **changes: Any) -> AddListMembers:
    """People come on a list: the operation."""
    return AddListMembers(
        account_id=made.account_id,
        list_id=made.id,
        members=tuple((build.next_id(), member.id) for member in members),
        created_at=build.clock.now(),
        **changes,
    )


async def put_on(build: Builder, made: List, *members: Account) -> int:
    """People come on a list; the last relation's id."""
    operation = on_list(build, made, *members)
    await build.apply(operation)
    return operation.members[-1][0]


async def names_on(storage: Storage, made: List) -> list[str]:
    """Who is on a list, who came last first."""
    members = await storage.lists.members(made.account_id, made.id, ALL)
    assert members is not None
    return [item.account.username for item in members.items]


async def timeline(storage: Storage, made: List) -> Listing[Entry]:
    """All of a list's timeline."""
    found = await storage.timelines.list(made.account_id, made.id, ALL)
    assert found is not None
    return found


class ListTests(StorageTests):
    """Lists of people."""

    async def test_lists_are_their_owners_alone(self, storage: Storage, build: Builder) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        first = await make_list(build, ada, cy, title="First", replies_policy=RepliesPolicy.NONE)
        second = await make_list(build, ada, title="Second", exclusive=True)
        other = await make_list(build, bob, cy)
        assert list(await storage.lists.of(ada.id)) == [first, second]
        assert await storage.lists.get(ada.id, first.id) == first
        assert list(await storage.lists.containing(ada.id, cy.id)) == [first]
        assert list(await storage.lists.containing(cy.id, cy.id)) == []
        assert await storage.lists.get(ada.id, other.id) is None
        assert await storage.lists.members(ada.id, other.id, ALL) is None
        assert await storage.timelines.list(ada.id, other.id, ALL) is None
        await build.apply(DeleteList(account_id=ada.id, list_id=other.id))
        await build.apply(DeleteListMembers(account_id=ada.id, list_id=other.id, account_ids=(cy.id,)))
        assert await names_on(storage, other) == ["cy"]
        await build.follow(ada, bob)
        for operation in (
            UpdateList(account_id=ada.id, list_id=other.id, title="Mine"),
            AddListMembers(
                account_id=ada.id, list_id=other.id, members=((build.next_id(), bob.id),), created_at=1
            ),
        ):
            await refused(build, "exists", operation)

    async def test_a_list_changes_in_parts_and_goes_with_its_members(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        made = await make_list(build, ada, bob)
        changes: tuple[Mapping[str, Any], ...] = (
            {"title": "Renamed"},
            {"replies_policy": RepliesPolicy.FOLLOWED},
            {"exclusive": True},
            {"exclusive": False},
        )
        expected = {"title": "Friends", "replies_policy": RepliesPolicy.LIST, "exclusive": False}
        for change in changes:
            await build.apply(UpdateList(account_id=ada.id, list_id=made.id, **change))
            expected |= change
            found = await storage.lists.get(ada.id, made.id)
            assert found == List(id=made.id, account_id=ada.id, **expected)  # type: ignore[arg-type]
        for _ in range(2):
            await build.apply(DeleteList(account_id=ada.id, list_id=made.id))
            assert list(await storage.lists.of(ada.id)) == []
            assert list(await storage.lists.containing(ada.id, bob.id)) == []
        await refused(build, "exists", UpdateList(account_id=ada.id, list_id=made.id, title="Gone"))

    async def test_there_are_only_so_many_lists_and_people_on_one(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy, dan = await build.people("ada", "bob", "cy", "dan")
        made = await make_list(build, ada, bob)
        another = List(id=build.next_id(), account_id=ada.id, title="Another")
        await refused(build, "limit", AddList(list=another, limit=1))
        await refused(build, "exists", AddList(list=List(id=build.next_id(), account_id=1, title="Nobody's")))
        await build.apply(AddList(list=another, limit=2))
        taken = List(id=made.id, account_id=bob.id, title="Same id")
        await refused(build, "id", AddList(list=taken))
        await build.follow(ada, cy, dan)
        await refused(build, "limit", on_list(build, made, cy, dan, limit=2))
        assert await names_on(storage, made) == ["bob"]
        await build.apply(on_list(build, made, bob, cy, limit=2))
        assert await names_on(storage, made) == ["cy", "bob"]

    async def test_only_people_who_are_followed_come_on_a_list_each_once(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(ada, bob)
        await build.follow(cy, ada)
        made = await make_list(build, ada)
        await refused(build, "follow", on_list(build, made, bob, cy))
        await refused(build, "follow", on_list(build, made, ada))
        first = await put_on(build, made, bob)
        await build.apply(on_list(build, made, bob, bob))
        members = await storage.lists.members(ada.id, made.id, ALL)
        assert members is not None
        assert [(item.id, item.account.id) for item in members.items] == [(first, bob.id)]
        await build.apply(DeleteListMembers(account_id=ada.id, list_id=made.id, account_ids=(bob.id, cy.id)))
        assert await names_on(storage, made) == []

    @pytest.mark.parametrize("end", ["unfollow", "block", "blocked"])
    async def test_who_is_no_longer_followed_goes_off_all_lists(
        self, storage: Storage, build: Builder, end: str
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        lists = [await make_list(build, ada, bob, cy) for _ in range(2)]
        kept = await make_list(build, cy, bob)
        by, whom = (bob, ada) if end == "blocked" else (ada, bob)
        if end == "unfollow":
            await build.apply(DeleteFollow(follower_id=ada.id, followee_id=bob.id))
        else:
            await build.apply(
                AddBlock(id=build.next_id(), blocker_id=by.id, blocked_id=whom.id, created_at=1)
            )
        for made in lists:
            assert await names_on(storage, made) == ["cy"]
        assert list(await storage.lists.containing(ada.id, bob.id)) == []
        assert await names_on(storage, kept) == ["bob"]

    async def test_a_lists_timeline_holds_what_its_members_wrote_and_boosted(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy, dan, eve = await build.people("ada", "bob", "cy", "dan", "eve")
        await build.post(bob, "private", visibility=Visibility.FOLLOWERS)
        made = await make_list(build, ada, bob, cy)
        await build.follow(ada, dan)
        await build.mute(ada, eve)
        written = [await build.post(bob, "before", delivery=Delivery.PULLED)]
        await build.post(dan, "followed, but not on the list")
        await build.post(ada, "own")
        strange = await build.post(eve, "muted")
        other = await build.post(dan, "boosted")
        written.append(await build.post(cy, "for followers", visibility=Visibility.FOLLOWERS))
        await build.post(cy, "for members", visibility=Visibility.MEMBERS)
        await build.post(cy, "for others", visibility=Visibility.DIRECT, mentions=[bob])
        written.append(await build.post(cy, "for the owner", visibility=Visibility.DIRECT, mentions=[ada]))
        written.append(await build.boost(bob, other))
        await build.boost(bob, strange)
        shown = [entry.post.text for entry in (await timeline(storage, made)).items]
        assert shown == ["boosted", "for the owner", "for followers", "before", "private"]
        assert ids(await timeline(storage, made))[:-1] == [post.id for post in reversed(written)]
        await build.apply(DeleteListMembers(account_id=ada.id, list_id=made.id, account_ids=(cy.id,)))
        assert ids(await timeline(storage, made))[:-1] == [written[3].id, written[0].id]
        await build.mute(ada, bob)
        assert ids(await timeline(storage, made)) == []

    @pytest.mark.parametrize("policy", RepliesPolicy)
    async def test_answers_are_shown_by_policy(
        self, storage: Storage, build: Builder, policy: RepliesPolicy
    ) -> None:
        ada, bob, cy, dan, eve = await build.people("ada", "bob", "cy", "dan", "eve")
        made = await make_list(build, ada, bob, cy, replies_policy=policy)
        await build.follow(ada, dan)
        posts = {author.username: await build.post(author) for author in (ada, bob, cy, dan, eve)}
        answers = {name: await build.post(bob, answers=post) for name, post in posts.items()}
        shown = {
            RepliesPolicy.FOLLOWED: ("dan", "cy", "bob", "ada"),
            RepliesPolicy.LIST: ("cy", "bob", "ada"),
            RepliesPolicy.NONE: ("bob", "ada"),
        }[policy]
        expected = [*(answers[name].id for name in shown), posts["cy"].id, posts["bob"].id]
        assert ids(await timeline(storage, made)) == expected

    @pytest.mark.parametrize("source", HomeSource)
    @pytest.mark.parametrize("delivery", Delivery)
    async def test_what_people_on_an_exclusive_list_do_is_not_at_home(
        self, storage: Storage, build: Builder, source: HomeSource, delivery: Delivery
    ) -> None:
        ada, bob, cy, eve = await build.people("ada", "bob", "cy", "eve")
        made = await make_list(build, ada, bob)
        await make_list(build, ada, cy)
        await make_list(build, eve, cy, exclusive=True)
        quiet = await build.post(bob, "quiet", delivery=delivery)
        loud = await build.post(cy, "loud", delivery=delivery)
        boost = await build.boost(bob, loud, delivery=delivery)
        carried = await build.boost(cy, quiet, delivery=delivery)

        async def home() -> list[int]:
            return ids(await storage.timelines.home(ada.id, ALL, source))

        everything = [carried.id, boost.id, loud.id, quiet.id]
        assert await home() == everything
        await build.apply(UpdateList(account_id=ada.id, list_id=made.id, exclusive=True))
        assert await home() == [carried.id, loud.id]
        assert ids(await timeline(storage, made)) == [boost.id, quiet.id]
        await build.apply(UpdateList(account_id=ada.id, list_id=made.id, exclusive=False))
        assert await home() == everything
