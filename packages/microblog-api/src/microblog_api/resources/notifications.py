"""Notifications (https://docs.joinmastodon.org/methods/notifications/)."""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get, post
from microblog_api.entities import Empty, Notification
from microblog_api.names import kinds_left_out, kinds_named
from microblog_core.services import filtering, notifications
from microblog_core.services.notifications import Dismiss

NONE = "none"
"""A kind that there is not: what stays when a client wants types that this site has none of."""


class Wanted(msgspec.Struct, frozen=True):
    """Which notifications; all types if none is named."""

    types: list[str] = []
    exclude_types: list[str] = []
    account_id: Id | None = None


class Count(msgspec.Struct):
    """How many notifications are unread, at most 100."""

    count: int


@get("/api/v1/notifications", needs="read:notifications", pages="cursor")
async def read(call: Call, given: Wanted) -> list[Notification]:
    """Get what happened, newest first."""
    listing = await notifications.read_notifications(
        call.ports,
        call.actor,
        call.page(40, 80),
        kinds=(kinds_named(given.types) or [NONE]) if given.types else (),
        without=kinds_left_out(given.types, given.exclude_types),
        account_id=given.account_id,
    )
    call.linked(listing)
    kept = await filtering.apply_filters_to_notifications(call.ports, call.actor, listing)
    return [call.present.notification(each) for each in kept.items]


@get("/api/v1/notifications/unread_count", needs="read:notifications")
async def unread(call: Call, given: None) -> Count:
    """Get how many are unread."""
    return Count(await notifications.count_unread(call.ports, call.actor))


@get("/api/v1/notifications/{id:str}", needs="read:notifications")
async def read_one(call: Call, given: None) -> Notification:
    """Get a single notification."""
    return call.present.notification(await notifications.read_notification(call.ports, call.actor, call.id()))


@post("/api/v1/notifications/clear", needs="write:notifications")
async def clear(call: Call, given: None) -> Empty:
    """Remove all notifications."""
    await notifications.clear_notifications(call.ports, call.actor)
    return Empty()


@post("/api/v1/notifications/{id:str}/dismiss", needs="write:notifications")
async def dismiss(call: Call, given: None) -> Empty:
    """Remove one notification."""
    await notifications.dismiss_notification(call.ports, call.actor, Dismiss(notification_id=call.id()))
    return Empty()


class Dismissed(msgspec.Struct, frozen=True):
    """Which notification."""

    id: Id


@post("/api/v1/notifications/dismiss", needs="write:notifications")
async def dismiss_named(call: Call, given: Dismissed) -> Empty:
    """Remove one notification, as clients before Mastodon 1.3 ask."""
    await notifications.dismiss_notification(call.ports, call.actor, Dismiss(notification_id=given.id))
    return Empty()


ENDPOINTS = (read, unread, read_one, clear, dismiss, dismiss_named)
