"""Push subscriptions: one for each token."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.applications import AccessToken
from microblog_core.domain.push import PushPolicy, PushSubscription
from microblog_core.ports.operations import (
    DeletePushSubscription,
    DeleteToken,
    DeleteTokens,
    DeleteTokensOfCode,
    PutPushSubscription,
    UpdatePushSubscription,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.applications import allow, make_application
from microblog_core.testing.storage.base import StorageTests, refused


def subscription(build: Builder, account: Account, token_id: int, **changes: Any) -> PushSubscription:
    """A subscription that is not stored yet."""
    values: dict[str, Any] = {
        "endpoint": f"https://push.example.org/{token_id}",
        "p256dh": "key",
        "auth": "secret",
        "alerts": ("mention", "follow"),
        **changes,
    }
    return PushSubscription(
        id=build.next_id(),
        token_id=token_id,
        account_id=account.id,
        created_at=build.clock.now(),
        **values,
    )


async def token_of(build: Builder, account: Account, name: str) -> AccessToken:
    """A token of an application of its own, whose hash is `name`."""
    return (await allow(build, await make_application(build), account, name)).token


class PushTests(StorageTests):
    """Where apps want to be told of notifications."""

    async def test_a_token_has_one_subscription(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        one, two, three = [(await token_of(build, ada, name)).id for name in ("one", "two", "three")]
        first, second = subscription(build, ada, one), subscription(build, ada, two, policy=PushPolicy.NONE)
        await build.apply(PutPushSubscription(subscription=first), PutPushSubscription(subscription=second))
        assert await storage.push.get(one) == first
        assert await storage.push.get(1) is None
        assert list(await storage.push.of(ada.id)) == [first, second]
        assert list(await storage.push.of(bob.id)) == []
        again = subscription(build, ada, one, alerts=(), standard=True, sealed_token="sealed")
        await build.apply(PutPushSubscription(subscription=again))
        assert list(await storage.push.of(ada.id)) == [second, again]
        taken = replace(subscription(build, ada, three), id=again.id)
        await refused(build, "id", PutPushSubscription(subscription=taken))
        for changes in ({"token_id": 9}, {"account_id": bob.id}, {"account_id": 1}):
            nobody = replace(again, **{"id": build.next_id(), **changes})
            await refused(build, "exists", PutPushSubscription(subscription=nobody))

    async def test_it_changes_in_parts_and_goes_by_its_owners_hand_alone(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        token = (await token_of(build, ada, "one")).id
        made = subscription(build, ada, token)
        await build.apply(PutPushSubscription(subscription=made))
        await build.apply(UpdatePushSubscription(token_id=token, account_id=ada.id, alerts=("poll",)))
        await build.apply(
            UpdatePushSubscription(token_id=token, account_id=ada.id, policy=PushPolicy.FOLLOWED)
        )
        changed = replace(made, alerts=("poll",), policy=PushPolicy.FOLLOWED)
        assert await storage.push.get(token) == changed
        await refused(build, "exists", UpdatePushSubscription(token_id=token, account_id=bob.id, alerts=()))
        await refused(build, "exists", UpdatePushSubscription(token_id=1, account_id=ada.id, alerts=()))
        await build.apply(DeletePushSubscription(token_id=token, account_id=bob.id))
        await build.apply(DeletePushSubscription(token_id=token, account_id=ada.id, id=made.id + 1))
        assert await storage.push.get(token) == changed
        for which in (made.id, None):
            await build.apply(DeletePushSubscription(token_id=token, account_id=ada.id, id=which))
            assert await storage.push.get(token) is None

    async def test_it_ends_with_its_token_whatever_ends_that(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        names = ("first", "second", "third", "fourth")
        tokens = {name: await token_of(build, ada, name) for name in names}
        other = await token_of(build, bob, "other")
        for token, owner in (*((token, ada) for token in tokens.values()), (other, bob)):
            await build.apply(PutPushSubscription(subscription=subscription(build, owner, token.id)))

        async def left() -> list[str]:
            kept = {each.token_id for each in await storage.push.of(ada.id)}
            return [name for name, token in tokens.items() if token.id in kept]

        await build.apply(DeleteToken(token_hash="first"))
        assert await left() == ["second", "third", "fourth"]
        await build.apply(DeleteTokensOfCode(code_hash=tokens["second"].code_hash, account_id=ada.id))
        assert await left() == ["third", "fourth"]
        await build.apply(DeleteTokens(account_id=ada.id, application_id=tokens["third"].application_id))
        assert await left() == ["fourth"]
        await build.apply(DeleteTokens(account_id=ada.id))
        assert await left() == []
        assert len(await storage.push.of(bob.id)) == 1
