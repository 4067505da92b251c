"""Leaving: hidden at once, back as before, and in the end nothing is left but the name."""

from __future__ import annotations

import asyncio

import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.errors import Conflict
from microblog_core.domain.leaving import Departure, Remnant
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.posts import Post, Visibility
from microblog_core.ports.operations import (
    AddBookmark,
    AddDeparture,
    AddMute,
    AddTagFollow,
    AddThreadMute,
    EndDeparture,
    EraseAccount,
    FinishDeparture,
    HidePost,
    PutNewsRefusal,
    SetAccountState,
    SetNote,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused, stored
from microblog_core.testing.storage.scheduled import schedule

GRACE = 1_000_000


def departing(build: Builder, account: Account, grace: int = GRACE) -> AddDeparture:
    now = build.clock.now()
    return AddDeparture(account_id=account.id, left_at=now, due_at=now + grace)


class LeavingTests(StorageTests):
    """Departures, coming back, and erasing."""

    @pytest.mark.parametrize("before", [AccountState.ACTIVE, AccountState.SILENCED])
    async def test_who_leaves_is_hidden_and_comes_back_as_before(
        self, storage: Storage, build: Builder, before: AccountState
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(ada, "here", visibility=Visibility.PUBLIC)
        token = (await build.session(ada, "token")).token_hash
        await build.set_state(ada, before)
        await build.apply(departing(build, ada))
        found = await storage.departures.get(ada.id)
        assert found is not None
        assert (found.state, found.due_at - found.left_at) == (before, GRACE)
        assert await storage.posts.get(bob.id, post.id) is None
        assert list(await storage.accounts.get_many(bob.id, [ada.id])) == []
        assert await storage.sessions.get(token, build.clock.now()) is None
        assert await storage.accounts.login("ada") is not None, "she can show who she is"
        await refused(build, "state", departing(build, ada))
        await refused(build, "departure", EndDeparture(account_id=bob.id, at=build.clock.now()))
        await refused(build, "departure", EndDeparture(account_id=ada.id, at=found.due_at))
        await build.apply(EndDeparture(account_id=ada.id, at=found.due_at - 1))
        account = await storage.accounts.get(ada.id)
        assert account is not None and account.state is before
        assert await storage.departures.get(ada.id) is None
        assert await storage.posts.get(bob.id, post.id) is not None
        await refused(build, "departure", EndDeparture(account_id=ada.id, at=build.clock.now()))

    async def test_who_is_gone_or_waits_can_not_leave(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada")
        for state in (AccountState.DELETED, AccountState.PENDING):
            await build.set_state(ada, state)
            await refused(build, "state", departing(build, ada))
        await refused(build, "exists", AddDeparture(account_id=1, left_at=1, due_at=2))

    async def test_one_who_was_suspended_meanwhile_can_not_come_back(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        await build.apply(departing(build, ada))
        await build.set_state(ada, AccountState.SUSPENDED)
        await refused(build, "departure", EndDeparture(account_id=ada.id, at=build.clock.now()))
        assert await storage.departures.get(ada.id) is not None

    async def test_of_coming_back_and_being_deleted_one_happens(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        await build.apply(departing(build, ada))
        gone = SetAccountState(account_id=ada.id, state=AccountState.DELETED, only_from=AccountState.LEAVING)
        back = EndDeparture(account_id=ada.id, at=build.clock.now())
        done = await asyncio.gather(
            *(storage.commit((each,)) for each in (gone, back)), return_exceptions=True
        )
        assert [type(each) for each in done if each is not None] == [Conflict]

    async def test_those_that_are_due_are_found_in_their_order(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid = await build.people("ada", "bob", "cid")
        now = build.clock.now()
        for account, due in ((ada, 30), (bob, 10), (cid, 20)):
            await build.apply(AddDeparture(account_id=account.id, left_at=now, due_at=now + due))
        assert [each.account_id for each in await storage.departures.due(now + 20, 5)] == [bob.id, cid.id]
        first = Departure(account_id=bob.id, state=AccountState.ACTIVE, left_at=now, due_at=now + 10)
        assert tuple(await storage.departures.due(now + 99, 1)) == (first,)
        assert tuple(await storage.departures.due(now + 9, 5)) == ()
        for _ in range(2):
            await build.apply(FinishDeparture(account_id=bob.id))
        assert len(await storage.departures.due(now + 99, 5)) == 2

    async def test_posts_are_given_of_deleted_accounts_alone(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        own, hidden = await build.post(ada, "own"), await build.post(ada, "hidden")
        boosted = await build.post(bob, "bob's")
        boost = await build.boost(ada, boosted)
        await build.apply(HidePost(post=hidden, hidden_at=5))
        assert tuple(await storage.departures.posts(ada.id, 9)) == ()
        await build.set_state(ada, AccountState.DELETED)
        found = await storage.departures.posts(ada.id, 9)
        assert [(each.post.id, each.hidden_at) for each in found] == [
            (own.id, None),
            (hidden.id, 5),
            (boost.id, None),
        ]
        assert isinstance(found[0], Remnant) and len(await storage.departures.posts(ada.id, 2)) == 2

    async def test_what_is_left_goes_by_and_by_and_others_keep_theirs(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid, dan = await build.people("ada", "bob", "cid", "dan")
        post = await build.post(bob, "bob's")
        for each in (bob, cid, dan):
            await build.follow(ada, each)
            await build.follow(each, ada)
        await build.follow(bob, cid)
        await build.favourite(ada, post)
        await build.favourite(cid, post)
        await self._mark(build, ada, post, dan)
        await self._mark(build, cid, post, dan)
        await build.notify(bob, NotificationKind.FAVOURITE, ada, post)
        await build.notify(bob, NotificationKind.FAVOURITE, cid, post)
        await build.block(dan, ada)
        later, upload = await schedule(build, ada), await build.medium(ada)
        # Nothing goes of somebody who may come back.
        await build.apply(departing(build, ada), EraseAccount(account_id=ada.id, limit=9))
        assert await storage.departures.leftovers(ada.id) is False
        await build.set_state(ada, AccountState.DELETED)
        assert await storage.departures.leftovers(ada.id) is True
        rounds = 0
        while await storage.departures.leftovers(ada.id):
            await build.apply(EraseAccount(account_id=ada.id, limit=1))
            rounds += 1
            assert rounds < 9
        assert rounds >= 2, "a bounded number at once"
        people = {each.username: each for each in (await storage.accounts.page(ALL)).items}
        assert (people["bob"].followers_count, people["bob"].following_count) == (0, 1)
        assert (people["ada"].followers_count, people["ada"].following_count) == (0, 0)
        assert (await stored(build, post)).favourites_count == 1
        told = await storage.notifications.page(bob.id, ALL)
        assert [item.actor.id for item in told.items] == [cid.id]
        for who, kept in ((ada, False), (cid, True)):
            marks = await storage.marks.bookmarks(who.id, ALL)
            assert [marked.entry.post.id for marked in marks.items] == [post.id] * kept
            assert [each.name for each in (await storage.tags.followed(who.id, ALL)).items] == ["tea"] * kept
            towards = (await storage.relations.get(who.id, [dan.id]))[dan.id]
            assert (towards.note, towards.muting) == ("hm" * kept, kept)
        assert await storage.scheduled.get(later.id) is None
        assert [each.id for each in await storage.media.unattached(1, 9)] == [upload.id]
        assert await storage.accounts.login("ada@example.org") is None

    async def _mark(self, build: Builder, who: Account, post: Post, other: Account) -> None:
        now = build.clock.now()
        await build.apply(
            AddBookmark(id=build.next_id(), account_id=who.id, post_id=post.id, created_at=now),
            AddThreadMute(account_id=who.id, thread_id=post.thread_id, created_at=now),
            AddTagFollow(id=build.next_id(), account_id=who.id, tag="tea", created_at=now),
            SetNote(account_id=who.id, about_id=other.id, note="hm"),
            AddMute(
                id=build.next_id(), muter_id=who.id, muted_id=other.id, created_at=now, notifications=True
            ),
            PutNewsRefusal(account_id=who.id, refused=True, at=now),
        )
