"""Suggestions: whom people followed follow, then the most followed, and whom nobody wants to see there."""

from __future__ import annotations

import pytest

from microblog_core.domain.accounts import Account, AccountState
from microblog_core.domain.posts import Visibility
from microblog_core.domain.suggestions import (
    FOLLOWS_ASKED,
    FOLLOWS_OF_EACH,
    Suggestion,
    SuggestionSource,
)
from microblog_core.ports.operations import AddFollowRequest, DismissSuggestion, UpdateProfile
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused

WAYS = ("ask", "hidden", "block", "blocked", "mute", "dismiss", "suspend", "silence", "disable")
FRIENDS, MANY = SuggestionSource.FRIENDS_OF_FRIENDS, SuggestionSource.MOST_FOLLOWED


def dismissal(account: Account, dismissed: Account) -> DismissSuggestion:
    """Somebody is no longer to be suggested: the operation."""
    return DismissSuggestion(account_id=account.id, dismissed_id=dismissed.id, created_at=1)


async def suggested(storage: Storage, viewer: Account, limit: int = 80) -> list[tuple[str, str, int]]:
    """Who is suggested, why, and how many share them."""
    found = await storage.suggestions.of(viewer.id, limit)
    return [(each.account.username, each.source, each.shared) for each in found]


class SuggestionTests(StorageTests):
    """People whom somebody may want to follow."""

    async def test_whom_friends_follow_comes_first_then_the_most_followed(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy, dan, eve, fay, gus = await build.people("ada", "bob", "cy", "dan", "eve", "fay", "gus")
        assert await suggested(storage, ada, 2) == [("gus", MANY, 0), ("fay", MANY, 0)]
        await build.follow(ada, bob, cy)
        await build.follow(bob, dan, eve, ada)
        await build.follow(cy, eve, bob)
        for follower in (dan, eve):
            await build.follow(follower, fay)
        expected = [("eve", FRIENDS, 2), ("dan", FRIENDS, 1), ("fay", MANY, 0), ("gus", MANY, 0)]
        assert await suggested(storage, ada) == expected
        assert await suggested(storage, ada, 3) == expected[:3]
        assert await suggested(storage, ada, 1) == expected[:1]
        first = (await storage.suggestions.of(ada.id, 1))[0]
        account = await storage.accounts.get(eve.id)
        assert account is not None
        assert first == Suggestion(account=account, source=FRIENDS, shared=2)
        await build.follow(ada, gus, fay)
        assert await suggested(storage, ada) == expected[:2]

    @pytest.mark.parametrize("way", WAYS)
    async def test_who_is_not_wanted_or_not_shown_is_not_suggested(
        self, storage: Storage, build: Builder, way: str
    ) -> None:
        ada, bob, cy, dan = await build.people("ada", "bob", "cy", "dan")
        await build.follow(ada, bob)
        await build.follow(bob, cy)
        assert await suggested(storage, ada) == [("cy", FRIENDS, 1), ("dan", MANY, 0)]
        states = {
            "suspend": AccountState.SUSPENDED,
            "silence": AccountState.SILENCED,
            "disable": AccountState.DISABLED,
        }
        for other in (cy, dan):
            if way == "block":
                await build.block(ada, other)
            elif way == "blocked":
                await build.block(other, ada)
            elif way == "mute":
                await build.mute(ada, other)
            elif way == "dismiss":
                for _ in range(2):
                    await build.apply(dismissal(ada, other))
            elif way in ("ask", "hidden"):
                await build.apply(
                    UpdateProfile(account_id=other.id, version=1, locked=True, discoverable=way == "ask")
                )
                if way == "ask":
                    asked = AddFollowRequest(
                        id=build.next_id(), follower_id=ada.id, followee_id=other.id, created_at=1
                    )
                    await build.apply(asked)
            else:
                await build.set_state(other, states[way])
        assert await suggested(storage, ada) == []
        assert (("dan", MANY, 0) in await suggested(storage, bob)) == (way not in (*states, "hidden"))

    async def test_the_directory_lists_who_wishes_to_be_discovered(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cy, hidden, muted = await build.people("ada", "bob", "cy", "hidden", "muted")
        away = await build.account("away", domain="far.example")
        gone = await build.account("gone")
        for author in (cy, ada, hidden, muted, away, gone):
            await build.post(author)
        await build.post(bob, visibility=Visibility.FOLLOWERS)
        hide = UpdateProfile(account_id=hidden.id, version=1, discoverable=False)
        await build.apply(hide)
        await build.mute(ada, muted)
        await build.block(cy, bob)
        await build.set_state(gone, AccountState.SILENCED)

        async def names(viewer: Account | None, *, by_activity: bool, **part: int) -> list[str]:
            shown = await storage.suggestions.directory(
                None if viewer is None else viewer.id, by_activity=by_activity, **{"limit": 9, **part}
            )
            return [account.username for account in shown]

        assert await names(None, by_activity=True) == ["muted", "ada", "cy"]
        assert await names(None, by_activity=False) == ["muted", "cy", "bob", "ada"]
        assert await names(ada, by_activity=True) == ["ada", "cy"]
        assert await names(bob, by_activity=False) == ["muted", "bob", "ada"]
        assert await names(None, by_activity=False, limit=2, offset=1) == ["cy", "bob"]

    async def test_dismissing_needs_both(self, build: Builder) -> None:
        ada = await build.account("ada")
        for pair in ((ada.id, 1), (1, ada.id)):
            operation = DismissSuggestion(account_id=pair[0], dismissed_id=pair[1], created_at=1)
            await refused(build, "exists", operation)

    async def test_only_the_newest_follows_are_asked(self, storage: Storage, build: Builder) -> None:
        ada, old, far = await build.people("ada", "old", "far")
        await build.follow(old, far)
        await build.follow(ada, old)
        friends = [await build.account(f"friend{number}") for number in range(FOLLOWS_ASKED)]
        await build.follow(ada, *friends[:-1])
        assert ("far", FRIENDS, 1) in await suggested(storage, ada)
        await build.follow(ada, friends[-1])
        assert ("far", FRIENDS, 1) not in await suggested(storage, ada)
        await build.follow(friends[0], far)
        assert ("far", FRIENDS, 1) in await suggested(storage, ada)
        await build.follow(friends[0], ada, *friends[1 : FOLLOWS_OF_EACH - 1])
        assert ("far", FRIENDS, 1) in await suggested(storage, ada)
        await build.follow(friends[0], old)
        assert ("far", FRIENDS, 1) not in await suggested(storage, ada)
