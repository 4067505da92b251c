"""Web hooks: whose they are, how many there may be, and what is remembered of tries."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from microblog_core.domain.accounts import Account
from microblog_core.domain.deliveries import SITE, Frequency
from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.webhooks import Webhook, WebhookState
from microblog_core.ports.operations import (
    AddWebhook,
    DeleteWebhook,
    PutDeliveryPreferences,
    RecordWebhook,
    RotateWebhook,
    SetWebhookState,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import ALL, StorageTests, refused


def webhook(build: Builder, account: Account | None, **changes: Any) -> Webhook:
    """A target that is not stored yet."""
    values: dict[str, Any] = {"url": "https://hooks.example.org/1", "secret": "whsec_b25l", **changes}
    return Webhook(
        id=build.next_id(),
        account_id=None if account is None else account.id,
        created_at=build.clock.now(),
        **values,
    )


class WebhookTests(StorageTests):
    """Who else is told what happens."""

    async def test_targets_belong_to_an_account_or_to_the_site(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first, second = webhook(build, ada), webhook(build, ada, url="https://hooks.example.org/2")
        ours = webhook(build, None, events=("post.created", "post.deleted"))
        await build.apply(*(AddWebhook(webhook=each) for each in (first, second, ours)))
        assert list(await storage.webhooks.of(ada.id)) == [first, second]
        assert list(await storage.webhooks.of(bob.id)) == []
        assert list(await storage.webhooks.of(None)) == [ours]
        assert await storage.webhooks.get(ours.id) == ours
        assert await storage.webhooks.get(1) is None
        await refused(build, "id", AddWebhook(webhook=replace(first, url="https://elsewhere.example")))
        nobody = replace(webhook(build, ada), account_id=1)
        await refused(build, "exists", AddWebhook(webhook=nobody))
        for account_id in (bob.id, None):
            await build.apply(DeleteWebhook(webhook_id=first.id, account_id=account_id))
        await build.apply(DeleteWebhook(webhook_id=ours.id, account_id=ada.id))
        assert len(await storage.webhooks.of(ada.id)) == 2 and len(await storage.webhooks.of(None)) == 1
        for _ in range(2):
            await build.apply(DeleteWebhook(webhook_id=first.id, account_id=ada.id))
            await build.apply(DeleteWebhook(webhook_id=ours.id, account_id=None))
        assert list(await storage.webhooks.of(ada.id)) == [second]
        assert list(await storage.webhooks.of(None)) == []

    async def test_an_account_has_so_many_and_no_more(self, storage: Storage, build: Builder) -> None:
        ada, bob = await build.people("ada", "bob")
        for _ in range(2):
            await build.apply(AddWebhook(webhook=webhook(build, ada), limit=2))
        await refused(build, "limit", AddWebhook(webhook=webhook(build, ada), limit=2))
        await build.apply(AddWebhook(webhook=webhook(build, bob), limit=2))
        for _ in range(3):
            await build.apply(AddWebhook(webhook=webhook(build, None), limit=2))
        assert len(await storage.webhooks.of(ada.id)) == 2 and len(await storage.webhooks.of(None)) == 3

    async def test_secrets_and_states_change_by_their_owners_hand_alone(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        made, ours = webhook(build, ada), webhook(build, None)
        await build.apply(AddWebhook(webhook=made), AddWebhook(webhook=ours))
        for owner, target in ((ada.id, made), (None, ours)):
            await build.apply(
                RotateWebhook(webhook_id=target.id, account_id=owner, secret="whsec_dHdv", at=7),
                SetWebhookState(webhook_id=target.id, account_id=owner, state=WebhookState.PAUSED),
            )
            assert await storage.webhooks.get(target.id) == replace(
                target,
                secret="whsec_dHdv",
                previous_secret="whsec_b25l",
                rotated_at=7,
                state=WebhookState.PAUSED,
            )
        for stranger, target in ((bob.id, made), (None, made), (ada.id, ours), (ada.id, replace(made, id=1))):
            turned = RotateWebhook(webhook_id=target.id, account_id=stranger, secret="x", at=8)
            await refused(build, "exists", turned)
            state = SetWebhookState(webhook_id=target.id, account_id=stranger, state=WebhookState.ACTIVE)
            await refused(build, "exists", state)

    async def test_a_target_that_fails_often_and_for_long_is_paused(
        self, storage: Storage, build: Builder
    ) -> None:
        (ada,) = await build.people("ada")
        made = webhook(build, ada)
        await build.apply(AddWebhook(webhook=made))

        async def tried(at: int, error: str = "It said 500.", **changes: Any) -> Webhook:
            status = 500 if error else 204
            await build.apply(
                RecordWebhook(
                    webhook_id=made.id,
                    at=at,
                    status=status,
                    error=error,
                    failures=3,
                    milliseconds=100,
                    **changes,
                )
            )
            found = await storage.webhooks.get(made.id)
            assert found is not None
            assert (found.last_at, found.last_status, found.last_error) == (at, status, error)
            return found

        assert (await tried(1000)).failing_since == 1000
        assert (await tried(1200)).state is WebhookState.ACTIVE
        went_well = await tried(1201, "")
        assert (went_well.failures, went_well.failing_since) == (0, 0)
        for at in (2000, 2001):
            await tried(at)
        often = await tried(2099)
        assert (often.failures, often.failing_since, often.state) == (3, 2000, WebhookState.ACTIVE)
        assert (await tried(2100)).state is WebhookState.FAILING
        again = SetWebhookState(webhook_id=made.id, account_id=ada.id, state=WebhookState.ACTIVE)
        await build.apply(again)
        found = await storage.webhooks.get(made.id)
        assert found is not None and (found.failures, found.failing_since) == (0, 0)
        assert (await tried(3000, becomes=WebhookState.GONE)).state is WebhookState.GONE
        assert (await tried(9000)).state is WebhookState.GONE
        await build.apply(RecordWebhook(webhook_id=1, at=1))

    async def test_a_kind_that_is_not_wanted_on_the_site_is_not_listed_and_still_told_elsewhere(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        post = await build.post(bob)
        follow = await build.notify(ada, NotificationKind.FOLLOW, bob)
        mention = await build.notify(ada, NotificationKind.MENTION, bob, post)

        async def choose(frequency: Frequency, channel: str = SITE) -> None:
            chosen = {NotificationKind.FOLLOW: frequency}
            await build.apply(PutDeliveryPreferences(account_id=ada.id, channel=channel, frequencies=chosen))

        await choose(Frequency.NEVER, "email")
        assert await storage.notifications.unread(ada.id) == 2
        await choose(Frequency.NEVER)
        assert [each.id for each in (await storage.notifications.page(ada.id, ALL)).items] == [mention.id]
        assert await storage.notifications.unread(ada.id) == 1
        assert await storage.notifications.get(ada.id, follow.id) is None
        told = await storage.notifications.several(ada.id, [follow.id, mention.id])
        assert [each.id for each in told] == [follow.id, mention.id]
        await choose(Frequency.AT_ONCE)
        assert len((await storage.notifications.page(ada.id, ALL)).items) == 2
