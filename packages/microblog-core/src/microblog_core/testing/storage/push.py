"""Push subscriptions: one for each token."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.push import PushPolicy, PushSubscription
from microblog_core.ports.operations import (
    DeletePushSubscription,
    PutPushSubscription,
    UpdatePushSubscription,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
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


class PushTests(StorageTests):
    """Where apps want to be told of notifications."""

    async def test_a_token_has_one_subscription(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        first, second = subscription(build, ada, 7), subscription(build, ada, 8, policy=PushPolicy.NONE)
        await build.apply(PutPushSubscription(subscription=first), PutPushSubscription(subscription=second))
        assert await storage.push.get(7) == first
        assert await storage.push.get(1) is None
        assert list(await storage.push.of(ada.id)) == [first, second]
        assert list(await storage.push.of(bob.id)) == []
        again = subscription(build, ada, 7, alerts=(), standard=True)
        await build.apply(PutPushSubscription(subscription=again))
        assert list(await storage.push.of(ada.id)) == [second, again]
        taken = replace(subscription(build, ada, 9), id=again.id)
        await refused(build, "id", PutPushSubscription(subscription=taken))
        nobody = replace(again, token_id=9, account_id=1, id=build.next_id())
        await refused(build, "exists", PutPushSubscription(subscription=nobody))

    async def test_it_changes_in_parts_and_goes_by_its_owners_hand_alone(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        made = subscription(build, ada, 7)
        await build.apply(PutPushSubscription(subscription=made))
        await build.apply(UpdatePushSubscription(token_id=7, account_id=ada.id, alerts=("poll",)))
        await build.apply(UpdatePushSubscription(token_id=7, account_id=ada.id, policy=PushPolicy.FOLLOWED))
        changed = replace(made, alerts=("poll",), policy=PushPolicy.FOLLOWED)
        assert await storage.push.get(7) == changed
        await refused(build, "exists", UpdatePushSubscription(token_id=7, account_id=bob.id, alerts=()))
        await refused(build, "exists", UpdatePushSubscription(token_id=1, account_id=ada.id, alerts=()))
        await build.apply(DeletePushSubscription(token_id=7, account_id=bob.id))
        assert await storage.push.get(7) == changed
        for _ in range(2):
            await build.apply(DeletePushSubscription(token_id=7, account_id=ada.id))
            assert await storage.push.get(7) is None
