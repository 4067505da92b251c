"""Notifications (https://docs.joinmastodon.org/methods/notifications/)."""

from __future__ import annotations

from microblog_api.endpoints import Call, get
from microblog_api.entities import Notification
from microblog_core.services import notifications


@get("/api/v1/notifications", needs="read:notifications")
async def read(call: Call, given: None) -> list[Notification]:
    """Get what happened, newest first."""
    listing = await notifications.read_notifications(call.ports, call.actor, call.page(40, 80))
    return [call.present.notification(each) for each in call.linked(listing)]


ENDPOINTS = (read,)
