"""Notifications in groups: one line for all who did the same to the same status
(https://docs.joinmastodon.org/methods/grouped_notifications/).

Groups are made of what is on a page: a page holds as many notifications as were asked for, in fewer lines.
"""

from __future__ import annotations

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, get
from microblog_api.entities import Account, GroupedNotifications, NotificationGroup
from microblog_api.names import group_key, kinds_named, moment, notification_type
from microblog_api.resources.notifications import NONE, Count
from microblog_core.domain.notifications import NotificationEntry
from microblog_core.services import filtering, notifications

GROUPED = ("favourite", "follow", "reblog")
SAMPLE = 8
"""How many of those who did it are named at once."""


class Wanted(msgspec.Struct, frozen=True):
    """Which notifications, all types if none is named, and which types may be grouped."""

    types: list[str] = []
    exclude_types: list[str] = []
    account_id: Id | None = None
    grouped_types: list[str] = msgspec.field(default_factory=lambda: [*GROUPED])


@get("/api/v2/notifications", needs="read:notifications", pages="cursor")
async def read(call: Call, given: Wanted) -> GroupedNotifications:
    """Get what happened, in groups, newest first."""
    listing = await notifications.read_notifications(
        call.ports,
        call.actor,
        call.page(40, 80),
        kinds=(kinds_named(given.types) or [NONE]) if given.types else (),
        without=kinds_named(given.exclude_types),
        account_id=given.account_id,
    )
    call.linked(listing)
    kept = await filtering.apply_filters_to_notifications(call.ports, call.actor, listing)
    groups: dict[str, list[NotificationEntry]] = {}
    for each in kept.items:
        grouped = notification_type(each) in given.grouped_types
        groups.setdefault(group_key(each) if grouped else f"ungrouped-{each.id}", []).append(each)
    entries = {each.entry.id: each.entry for each in kept.items if each.entry is not None}
    people: dict[str, Account] = {}
    for group in groups.values():
        for each in group[:SAMPLE]:
            people.setdefault(str(each.actor.id), call.present.account(each.actor))
    return GroupedNotifications(
        accounts=list(people.values()),
        statuses=call.present.statuses(entries.values()),
        notification_groups=[_group(key, group) for key, group in groups.items()],
    )


@get("/api/v2/notifications/unread_count", needs="read:notifications")
async def unread(call: Call, given: None) -> Count:
    """Get how many are unread."""
    return Count(await notifications.count_unread(call.ports, call.actor))


def _group(key: str, group: list[NotificationEntry]) -> NotificationGroup:
    newest, oldest = group[0], group[-1]
    made = NotificationGroup(
        group_key=key,
        notifications_count=len(group),
        type=notification_type(newest),
        most_recent_notification_id=str(newest.id),
        page_min_id=str(oldest.id),
        page_max_id=str(newest.id),
        latest_page_notification_at=moment(newest.created_at),
        sample_account_ids=[str(each.actor.id) for each in group[:SAMPLE]],
    )
    if newest.entry is not None:
        made.status_id = str(newest.entry.id)
    return made


ENDPOINTS = (read, unread)
