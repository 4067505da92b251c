"""Notifications: read them, count the unread ones, mark them read."""

from __future__ import annotations

import msgspec

from microblog_core.domain.notifications import NotificationEntry
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import authorised
from microblog_core.ports.context import Ports


class MarkRead(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to this notification has been seen."""

    up_to_id: int


@authorised("notifications.read")
async def read_notifications(ports: Ports, actor: Actor, page: Page) -> Listing[NotificationEntry]:
    """The actor's notifications, newest first."""
    if actor.id is None:
        return Listing(items=())
    return await ports.storage.notifications.page(actor.id, page)


async def count_unread(ports: Ports, actor: Actor) -> int:
    """How many notifications are unread, counted up to 100."""
    return 0 if actor.id is None else await ports.storage.notifications.unread(actor.id)


@authorised("notifications.read")
async def mark_notifications_read(ports: Ports, actor: Actor, command: MarkRead) -> None:
    """Remember what was seen; the mark never goes back."""
    if actor.id is not None:
        unit = ports.unit()
        unit.notifications.mark_read(actor.id, command.up_to_id)
        await unit.commit()
