"""Notifications: read them, count the unread ones, mark them read, dismiss them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import NotFound
from microblog_core.domain.events import NotificationCreated
from microblog_core.domain.notifications import Notification, NotificationEntry, NotificationKind
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    ClearNotifications,
    DismissNotification,
    DismissNotifications,
    MarkNotificationsRead,
)
from microblog_core.ports.unit import UnitOfWork


class MarkRead(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to this notification has been seen."""

    up_to_id: int


class Dismiss(msgspec.Struct, frozen=True, kw_only=True):
    """This notification is to go."""

    notification_id: int


class DismissGroup(msgspec.Struct, frozen=True, kw_only=True):
    """All notifications of a kind are to go, about one post where it is given."""

    kind: NotificationKind
    post_id: int | None = None


@authorised("notifications.read")
async def read_notifications(
    ports: Ports,
    actor: Actor,
    page: Page,
    *,
    kinds: Sequence[str] = (),
    without: Sequence[str] = (),
    account_id: int | None = None,
    post_id: int | None = None,
) -> Listing[NotificationEntry]:
    """The actor's notifications, newest first: of these kinds (all if empty) but `without` those, by
    `account_id` and about `post_id` alone if these are given. Kinds that there are not are none of them.
    """
    if actor.id is None:
        return Listing(items=())
    return await ports.storage.notifications.page(
        actor.id, page, kinds=kinds, without=without, account_id=account_id, post_id=post_id
    )


@authorised("notifications.read")
async def read_notification(ports: Ports, actor: Actor, notification_id: int) -> NotificationEntry:
    """One of the actor's notifications. Raises `NotFound`."""
    found = await ports.storage.notifications.get(require_account(actor).id, notification_id)
    if found is None:
        raise NotFound("There is no such notification.")
    return found


@authorised("notifications.read")
async def dismiss_notification(ports: Ports, actor: Actor, command: Dismiss) -> None:
    """Remove one of the actor's notifications; one that is gone changes nothing."""
    unit = ports.unit()
    unit.apply(
        DismissNotification(account_id=require_account(actor).id, notification_id=command.notification_id)
    )
    await unit.commit()


@authorised("notifications.read")
async def dismiss_notifications(ports: Ports, actor: Actor, command: DismissGroup) -> None:
    """Remove the actor's notifications of a kind, about one post where it is given."""
    unit = ports.unit()
    unit.apply(
        DismissNotifications(
            account_id=require_account(actor).id, kind=str(command.kind), post_id=command.post_id
        )
    )
    await unit.commit()


@authorised("notifications.read")
async def clear_notifications(ports: Ports, actor: Actor) -> None:
    """Remove all of the actor's notifications."""
    unit = ports.unit()
    unit.apply(ClearNotifications(account_id=require_account(actor).id))
    await unit.commit()


async def count_unread(ports: Ports, actor: Actor) -> int:
    """How many notifications are unread, counted up to 100.

    Every page shows it, so it is kept in the cache where the storage tells of every change in time.
    """
    if actor.id is None:
        return 0
    if not ports.storage.coherent:
        return await ports.storage.notifications.unread(actor.id)
    key = f"unread:{actor.id}"
    kept = ports.cache.get(key)
    if isinstance(kept, int):
        return kept
    fill = ports.cache.fill()
    count = await ports.storage.notifications.unread(actor.id)
    fill.put(key, count, (f"notifications:{actor.id}", f"account:{actor.id}", "account-states"))
    return count


@authorised("notifications.read")
async def mark_notifications_read(ports: Ports, actor: Actor, command: MarkRead) -> None:
    """Remember what was seen; the mark never goes back."""
    if actor.id is not None:
        unit = ports.unit()
        unit.apply(
            MarkNotificationsRead(account_id=actor.id, up_to_id=command.up_to_id, at=ports.clock.now())
        )
        await unit.commit()


def notify(
    ports: Ports,
    unit: UnitOfWork,
    receiver: int,
    kind: NotificationKind,
    actor_id: int,
    post_id: int | None,
    now: int,
    *,
    own: bool = False,
) -> None:
    """Collect a notification and its event into somebody's unit of work; nobody is told of what they did,
    unless `own`.

    `now` is Unix milliseconds. What the receiver may not see is left out when they read, not here.
    """
    if receiver == actor_id and not own:
        return
    notification = Notification(
        id=ports.ids.at(now),
        account_id=receiver,
        kind=kind,
        actor_id=actor_id,
        post_id=post_id,
        created_at=now,
    )
    unit.notifications.add(notification)
    unit.emit(
        NotificationCreated(
            id=ports.ids.at(now),
            at=now,
            notification_id=notification.id,
            account_id=receiver,
            kind=kind,
            actor_id=actor_id,
            post_id=post_id,
        )
    )
