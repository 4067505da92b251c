"""Requests to follow, options of follows and mutes, notes, profiles' choices, and people found in batches."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.relations import FollowOptions, Relationship
from microblog_core.domain.timelines import HomeSource, Page
from microblog_core.ports import operations as ops
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, ids, refused

HOUR = 3600 * 1000


async def ask(build: Builder, follower: Account, followee: Account, **options: Any) -> int:
    """A request to follow; its id."""
    request = build.next_id()
    await build.apply(
        ops.AddFollowRequest(
            id=request,
            follower_id=follower.id,
            followee_id=followee.id,
            created_at=1,
            options=FollowOptions(**options),
        )
    )
    return request


def accepted(build: Builder, follower: Account, followee: Account) -> ops.AcceptFollow:
    """The operation that lets somebody in."""
    return ops.AcceptFollow(
        id=build.next_id(), follower_id=follower.id, followee_id=followee.id, created_at=1
    )


async def between(storage: Storage, viewer: Account, other: Account) -> Relationship:
    """How the viewer stands to somebody."""
    return (await storage.relations.get(viewer.id, [other.id]))[other.id]


class RequestTests(StorageTests):
    """Who wants to be asked, and what a follow or mute brings."""

    async def test_who_is_locked_is_asked_and_lets_in_with_the_options_of_the_request(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.account("ada", locked=True), await build.account("bob")
        request = await ask(build, bob, ada, boosts=False)
        options = FollowOptions(boosts=False)
        assert await between(storage, bob, ada) == Relationship(
            account_id=ada.id, requested=True, options=options
        )
        assert await between(storage, ada, bob) == Relationship(account_id=bob.id, requested_by=True)
        listed = await storage.relations.requests(ada.id, ALL)
        assert [(item.id, item.account.id) for item in listed.items] == [(request, bob.id)]
        await build.apply(accepted(build, bob, ada))
        assert await between(storage, bob, ada) == Relationship(
            account_id=ada.id, following=True, options=options
        )
        assert (await storage.relations.requests(ada.id, ALL)).items == ()
        counts = [await storage.accounts.get(account.id) for account in (ada, bob)]
        assert [(one.followers_count, one.following_count) for one in counts if one] == [(1, 0), (0, 1)]

    async def test_asking_and_letting_in_have_their_guards(self, storage: Storage, build: Builder) -> None:
        ada, bob, cy = await build.account("ada", locked=True), *await build.people("bob", "cy")
        await ask(build, bob, ada)
        pair: dict[str, Any] = {"id": build.next_id(), "follower_id": bob.id, "created_at": 1}
        await refused(build, "request", ops.AddFollowRequest(**pair, followee_id=ada.id))
        await refused(build, "unlocked", ops.AddFollowRequest(**pair, followee_id=cy.id))
        await refused(build, "exists", ops.AddFollowRequest(**pair, followee_id=1))
        await refused(build, "locked", ops.AddFollow(**pair, followee_id=ada.id))
        await refused(build, "request", accepted(build, cy, ada))
        await build.apply(accepted(build, bob, ada))
        await refused(build, "request", accepted(build, bob, ada))
        await refused(build, "follow", ops.AddFollowRequest(**pair, followee_id=ada.id))
        await ask(build, cy, ada)
        await build.block(ada, cy)
        await refused(build, "request", accepted(build, cy, ada))
        asked = ops.AddFollowRequest(id=1, follower_id=cy.id, followee_id=ada.id, created_at=1)
        await refused(build, "block", asked)
        assert (await storage.relations.requests(ada.id, ALL)).items == ()

    async def test_a_request_is_withdrawn_and_goes_with_a_follow(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.account("ada", locked=True), await build.account("bob")
        for _ in range(2):
            await ask(build, bob, ada)
            for _ in range(2):
                await build.apply(ops.DeleteFollowRequest(follower_id=bob.id, followee_id=ada.id))
            assert not (await between(storage, bob, ada)).requested
        await ask(build, bob, ada)
        await build.apply(ops.UpdateProfile(account_id=ada.id, version=ada.version, locked=False))
        await build.follow(bob, ada)
        assert await between(storage, bob, ada) == Relationship(
            account_id=ada.id, following=True, options=FollowOptions()
        )

    @pytest.mark.parametrize("source", HomeSource)
    async def test_home_timelines_keep_to_the_options_of_a_follow(
        self, storage: Storage, build: Builder, source: HomeSource
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(ada, bob)
        english = await build.post(bob, language="en")
        german = await build.post(bob, language="de")
        unknown = await build.post(bob)
        boost = await build.boost(bob, await build.post(cy, language="de"))
        own = await build.post(ada, language="fr")

        async def home(**options: Any) -> list[int]:
            chosen = FollowOptions(**options)
            await build.apply(ops.UpdateFollow(follower_id=ada.id, followee_id=bob.id, options=chosen))
            assert (await between(storage, ada, bob)).options == chosen
            return ids(await storage.timelines.home(ada.id, ALL, source))

        assert await home() == [own.id, boost.id, unknown.id, german.id, english.id]
        assert await home(boosts=False) == [own.id, unknown.id, german.id, english.id]
        assert await home(languages=("en",)) == [own.id, unknown.id, english.id]
        assert await home(languages=("en", "de"), notify=True) == await home()
        assert await home(languages=("e",)) == [own.id, unknown.id]

    async def test_followers_who_want_to_be_told_are_read_in_chunks(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, *others = await build.people("ada", "bob", "cy", "dan")
        pairs = [(await build.follow(other, ada), other.id) for other in others]
        for other in others[:2]:
            told = FollowOptions(notify=True)
            await build.apply(ops.UpdateFollow(follower_id=other.id, followee_id=ada.id, options=told))
        first = await storage.relations.notified_ids(ada.id, 0, 1)
        assert [tuple(pair) for pair in first] == pairs[:1]
        rest = await storage.relations.notified_ids(ada.id, pairs[0][0], 5)
        assert [tuple(pair) for pair in rest] == pairs[1:2]

        def job(number: int) -> ops.Job:
            return ops.Job(id=number, kind="suite", key=str(number), payload=b"", due_at=1, created_at=1)

        await build.apply(
            ops.AddJobForNotified(author_id=ada.id, job=job(1)),
            ops.AddJobForNotified(author_id=others[0].id, job=job(2)),
        )
        assert [each.id for each in (await storage.queue.page("queued", ALL)).items] == [1]

    async def test_a_mute_ends_by_itself(self, storage: Storage, build: Builder) -> None:
        """The storage looks at the machine's clock: nobody tells it the time."""
        ada, bob = await build.people("ada", "bob")
        await build.follow(ada, bob)
        post, now = await build.post(bob), time.time_ns() // 1_000_000
        told = await build.notify(ada, NotificationKind.MENTION, bob, post)

        async def mute(expires_at: int) -> None:
            await build.apply(
                ops.AddMute(
                    id=build.next_id(),
                    muter_id=ada.id,
                    muted_id=bob.id,
                    created_at=now,
                    expires_at=expires_at,
                )
            )

        async def shown() -> tuple[list[int], list[int], int, bool]:
            home = await storage.timelines.home(ada.id, ALL, HomeSource.ROWS)
            page = await storage.notifications.page(ada.id, ALL)
            muted = await storage.relations.muted(ada.id, ALL)
            relation = await between(storage, ada, bob)
            return ids(home), [item.id for item in page.items], len(muted.items), relation.muting

        await mute(now - HOUR)
        assert await shown() == ([post.id], [told.id], 0, False)
        await mute(now + HOUR)
        assert await shown() == ([], [], 1, True)
        assert (await between(storage, ada, bob)).mute_expires_at == now + HOUR
        again = ops.AddMute(id=1, muter_id=ada.id, muted_id=bob.id, created_at=now)
        await refused(build, "muted", again)
        await build.apply(ops.DeleteMute(muter_id=ada.id, muted_id=bob.id, expires_at=now))
        assert (await between(storage, ada, bob)).muting
        await build.apply(ops.DeleteMute(muter_id=ada.id, muted_id=bob.id, expires_at=now + HOUR))
        assert await shown() == ([post.id], [told.id], 0, False)

    async def test_a_mute_may_leave_notifications_alone(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.mute(ada, bob)
        told = await build.notify(ada, NotificationKind.FOLLOW, bob)
        for notifications, expected in ((False, [told.id]), (True, [])):
            await build.apply(ops.UpdateMute(muter_id=ada.id, muted_id=bob.id, notifications=notifications))
            page = await storage.notifications.page(ada.id, ALL)
            assert [item.id for item in page.items] == expected
            relation = await between(storage, ada, bob)
            assert (relation.muting, relation.muting_notifications) == (True, notifications)

    async def test_a_note_is_for_who_wrote_it_alone(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        for note in ("met at the fair", "kind", "", ""):
            await build.apply(ops.SetNote(account_id=ada.id, about_id=bob.id, note=note))
            assert (await between(storage, ada, bob)).note == note
            assert (await between(storage, bob, ada)).note == ""
        await refused(build, "exists", ops.SetNote(account_id=ada.id, about_id=1, note="?"))


class PeopleTests(StorageTests):
    """Profiles' choices, and people found in batches."""

    async def test_a_profile_is_changed_in_part(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada", bio="hello", bot=True)
        changes: list[dict[str, Any]] = [
            {"display_name": "Ada L."},
            {"locked": True, "hide_collections": True},
            {"discoverable": False, "bot": False},
            {"indexable": False, "locked": False},
            {"discoverable": True, "bio": ""},
        ]
        expected: dict[str, Any] = {"bio": "hello", "bot": True}
        for number, change in enumerate(changes, start=1):
            await build.apply(ops.UpdateProfile(account_id=ada.id, version=number, **change))
            expected |= change
            stored = await storage.accounts.get(ada.id)
            assert stored is not None
            assert {name: getattr(stored, name) for name in expected} == expected

    async def test_preferences_of_new_posts_are_the_persons_own(
        self, storage: Storage, build: Builder
    ) -> None:
        ada = await build.account("ada")
        login = await storage.accounts.login_of(ada.id)
        assert login is not None
        assert (login.default_sensitive, login.default_language) == (False, "")
        await build.apply(ops.UpdateLogin(account_id=ada.id, default_sensitive=True, default_language="de"))
        await build.apply(ops.UpdateLogin(account_id=ada.id, default_language="en"))
        login = await storage.accounts.login_of(ada.id)
        assert login is not None
        assert (login.default_sensitive, login.default_language) == (True, "en")

    async def test_hidden_collections_are_shown_to_their_owner_alone(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy = await build.people("ada", "bob", "cy")
        await build.follow(bob, ada)
        await build.follow(ada, cy)
        await build.apply(ops.UpdateProfile(account_id=ada.id, version=1, hide_collections=True))
        for viewer, length in ((ada.id, 1), (bob.id, 0), (None, 0)):
            assert len((await storage.relations.followers(viewer, ada.id, ALL)).items) == length
            assert len((await storage.relations.following(viewer, ada.id, ALL)).items) == length
        assert len((await storage.relations.followers(bob.id, cy.id, ALL)).items) == 1

    async def test_accounts_and_posts_are_read_in_the_order_of_their_ids_as_far_as_they_are_shown(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy, dan = await build.people("ada", "bob", "cy", "dan")
        one, two = await build.post(bob, "one"), await build.post(cy, "two")
        boost = await build.boost(ada, one)
        await build.block(cy, ada)
        await build.set_state(dan, AccountState.SUSPENDED)
        people = [cy.id, bob.id, 1, dan.id, ada.id, bob.id]
        found = await storage.accounts.get_many(ada.id, people)
        assert [account.id for account in found] == [bob.id, ada.id]
        assert [account.id for account in await storage.accounts.get_many(None, people)] == [
            cy.id,
            bob.id,
            ada.id,
        ]
        posts = await storage.posts.get_many(ada.id, [boost.id, two.id, 1, one.id, boost.id])
        assert [(entry.id, entry.post.id) for entry in posts] == [(boost.id, one.id), (one.id, one.id)]
        assert posts[0].boosted_by is not None
        assert list(await storage.accounts.get_many(ada.id, [])) == []
        assert list(await storage.posts.get_many(ada.id, [])) == []

    async def test_people_are_found_by_the_beginning_of_a_name_best_first(
        self, storage: Storage, build: Builder
    ) -> None:
        viewer = await build.account("viewer")
        names = {
            "ann": "",
            "anna": "Ännchen",
            "bert": "Anton",
            "annette": "",
            "zoe": "Susann",
        }
        people = {name: await build.account(name, display_name=shown) for name, shown in names.items()}
        await build.follow(people["zoe"], people["annette"])
        await build.follow(viewer, people["bert"])

        async def found(text: str, limit: int = 10, offset: int = 0, **how: Any) -> list[str]:
            accounts = await storage.accounts.search(viewer.id, text, limit, offset, **how)
            return [account.username for account in accounts]

        assert await found("ann") == ["ann", "annette", "anna"]
        assert await found("an") == ["bert", "annette", "ann", "anna"]
        assert await found("an", 2, 1) == ["annette", "ann"]
        assert await found("än") == ["anna"]
        assert await found("an", following=True) == ["bert"]
        assert await found("an%") == await found("_") == await found("ann_") == []
        await build.block(people["ann"], viewer)
        assert await found("ann") == ["annette", "anna"]
        anonymous = await storage.accounts.search(None, "ann", 10)
        assert [account.username for account in anonymous] == ["ann", "annette", "anna"]
        await build.apply(ops.UpdateProfile(account_id=people["zoe"].id, version=1, display_name="ÉMILE"))
        assert await found("ém") == ["zoe"]

    async def test_familiar_followers_are_those_whom_the_viewer_follows_too(
        self, storage: Storage, build: Builder
    ) -> None:
        viewer, ada, bob, cy, dan = await build.people("viewer", "ada", "bob", "cy", "dan")
        await build.follow(viewer, ada, bob, dan)
        for follower in (ada, bob, cy, dan):
            await build.follow(follower, cy if follower is not cy else ada)
        await build.apply(ops.UpdateProfile(account_id=dan.id, version=1, hide_collections=True))

        async def familiar(*accounts: Account) -> Mapping[int, list[str]]:
            found = await storage.relations.familiar_followers(
                viewer.id, [account.id for account in accounts]
            )
            return {key: [account.username for account in people] for key, people in found.items()}

        assert await familiar(cy, ada) == {cy.id: ["bob", "ada"], ada.id: []}
        await build.apply(ops.UpdateProfile(account_id=cy.id, version=1, hide_collections=True))
        assert await familiar(cy) == {cy.id: []}

    async def test_requests_page_by_their_own_ids(self, storage: Storage, build: Builder) -> None:
        ada = await build.account("ada", locked=True)
        people = await build.people("bob", "cy", "dan")
        requests = [await ask(build, person, ada) for person in people]
        page = await storage.relations.requests(ada.id, Page(limit=1, max_id=requests[2]))
        assert ([item.id for item in page.items], page.older, page.newer) == (
            [requests[1]],
            requests[1],
            requests[1],
        )
        await build.set_state(people[0], AccountState.SUSPENDED)
        listed = await storage.relations.requests(ada.id, ALL)
        assert [item.id for item in listed.items] == [requests[2], requests[1]]
