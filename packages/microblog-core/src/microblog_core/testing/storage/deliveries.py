"""Deliveries: preferences, what waits, who takes it, and confirmed addresses."""

from __future__ import annotations

from microblog_core.domain.deliveries import DeliveryPreference, Frequency
from microblog_core.domain.notifications import Notification, NotificationKind
from microblog_core.ports.operations import (
    AddDelivery,
    AddMute,
    AddNotification,
    ConfirmEmail,
    MarkNotificationsRead,
    PutDeliveryPreferences,
    TakeDeliveries,
    UpdateLogin,
)
from microblog_core.ports.storage import Storage
from microblog_core.testing.builder import Builder
from microblog_core.testing.storage.base import StorageTests, refused

MENTION, FOLLOW = NotificationKind.MENTION, NotificationKind.FOLLOW
ONCE, DAILY, NEVER = Frequency.AT_ONCE, Frequency.DAILY, Frequency.NEVER


def waiting(account_id: int, *notification_ids: int, frequency: Frequency = ONCE) -> list[AddDelivery]:
    """Operations that let these notifications wait for the channel `email`."""
    return [
        AddDelivery(account_id=account_id, channel="email", frequency=frequency, notification_id=each)
        for each in notification_ids
    ]


def taken(account_id: int, *notification_ids: int, frequency: Frequency = ONCE) -> TakeDeliveries:
    """The operation that takes them."""
    return TakeDeliveries(
        account_id=account_id, channel="email", frequency=frequency, notification_ids=notification_ids
    )


class DeliveryTests(StorageTests):
    """How people want to be told, and of what they are still to be told."""

    async def test_preferences_are_each_accounts_own_and_replaced_one_by_one(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        first = {MENTION: DAILY, FOLLOW: NEVER}
        await build.apply(
            PutDeliveryPreferences(account_id=ada.id, channel="email", frequencies=first),
            PutDeliveryPreferences(account_id=ada.id, channel="bell", frequencies={MENTION: NEVER}),
        )
        again = PutDeliveryPreferences(account_id=ada.id, channel="email", frequencies={MENTION: ONCE})
        await build.apply(again)
        chosen = await storage.deliveries.preferences(ada.id)
        assert sorted(chosen, key=lambda each: (each.channel, each.kind)) == [
            DeliveryPreference(channel="bell", kind=MENTION, frequency=NEVER),
            DeliveryPreference(channel="email", kind=FOLLOW, frequency=NEVER),
            DeliveryPreference(channel="email", kind=MENTION, frequency=ONCE),
        ]
        assert tuple(await storage.deliveries.preferences(bob.id)) == ()
        nobody = PutDeliveryPreferences(account_id=1, channel="email", frequencies=first)
        await refused(build, "exists", nobody)

    async def test_what_waits_is_listed_oldest_first_for_each_account_channel_and_frequency(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob = await build.people("ada", "bob")
        await build.apply(
            *waiting(ada.id, 30, 10, 20, 10), *waiting(ada.id, 40, frequency=DAILY), *waiting(bob.id, 50)
        )
        read = storage.deliveries.waiting
        assert list(await read(ada.id, "email", ONCE, 10)) == [10, 20, 30]
        assert list(await read(ada.id, "email", ONCE, 2)) == [10, 20]
        assert list(await read(ada.id, "email", DAILY, 10)) == [40]
        assert list(await read(ada.id, "bell", ONCE, 10)) == []
        await refused(build, "exists", *waiting(1, 10))

    async def test_of_two_that_take_the_same_one_gets_it(self, storage: Storage, build: Builder) -> None:
        (ada,) = await build.people("ada")
        await build.apply(*waiting(ada.id, 10, 20, 30))
        await build.apply(taken(ada.id, 10, 20))
        await refused(build, "delivery", taken(ada.id, 20, 30))
        await refused(build, "delivery", taken(ada.id, 30, frequency=DAILY))
        assert list(await storage.deliveries.waiting(ada.id, "email", ONCE, 10)) == [30]

    async def test_several_notifications_are_those_that_the_list_shows(
        self, storage: Storage, build: Builder
    ) -> None:
        ada, bob, cid = await build.people("ada", "bob", "cid")
        post = await build.post(bob, "Hello @ada", mentions=[ada])
        told = [
            Notification(
                id=build.next_id(),
                account_id=ada.id,
                kind=MENTION if actor is bob else FOLLOW,
                actor_id=actor.id,
                post_id=post.id if actor is bob else None,
                created_at=build.clock.now(),
            )
            for actor in (bob, cid, bob)
        ]
        await build.apply(*(AddNotification(notification=each) for each in told))
        await build.apply(MarkNotificationsRead(account_id=ada.id, up_to_id=told[0].id, at=1))
        wanted = [told[2].id, told[0].id, 1, told[1].id]
        found = await storage.notifications.several(ada.id, wanted)
        assert [(each.id, each.unread) for each in found] == [
            (told[0].id, False),
            (told[1].id, True),
            (told[2].id, True),
        ]
        assert found[0].entry is not None and found[0].entry.post.text == "Hello @ada"
        assert [each.id for each in await storage.notifications.several(ada.id, [told[1].id])] == [told[1].id]
        assert tuple(await storage.notifications.several(bob.id, wanted)) == ()
        mute = AddMute(id=build.next_id(), muter_id=ada.id, muted_id=bob.id, created_at=1)
        await build.apply(mute)
        assert [each.id for each in await storage.notifications.several(ada.id, wanted)] == [told[1].id]

    async def test_an_address_is_confirmed_until_it_changes(self, storage: Storage, build: Builder) -> None:
        (ada,) = await build.people("ada")
        login = await storage.accounts.login_of(ada.id)
        assert login is not None and login.email_confirmed_at == 0

        async def confirmed_at() -> int:
            stored = await storage.accounts.login_of(ada.id)
            assert stored is not None
            return stored.email_confirmed_at

        await refused(build, "email", ConfirmEmail(account_id=ada.id, email="old@example.org", at=7))
        await refused(build, "exists", ConfirmEmail(account_id=1, email=login.email, at=7))
        await build.apply(ConfirmEmail(account_id=ada.id, email=login.email.upper(), at=7))
        assert await confirmed_at() == 7
        await build.apply(UpdateLogin(account_id=ada.id, locale="de"))
        assert await confirmed_at() == 7
        await build.apply(UpdateLogin(account_id=ada.id, email="new@example.org"))
        assert await confirmed_at() == 0
