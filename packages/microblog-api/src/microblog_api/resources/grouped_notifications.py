"""Notifications in groups: one line for all who did the same to the same status
(https://docs.joinmastodon.org/methods/grouped_notifications/).

Groups are made of what is on a page: a page holds as many notifications as were asked for, in fewer lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_api.decoding import Id
from microblog_api.endpoints import Call, Endpoint, get, post
from microblog_api.entities import Account, Empty, GroupedNotifications, NotificationGroup
from microblog_api.names import group_key, kinds_left_out, kinds_named, moment, notification_type
from microblog_api.resources.notifications import NONE, Count
from microblog_core.domain.errors import NotFound
from microblog_core.domain.ids import parse_id
from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.domain.timelines import Listing, Page
from microblog_core.services import filtering, notifications
from microblog_core.services.notifications import Dismiss

GROUPED = ("favourite", "follow", "reblog")
_KINDS = {
    "favourite": NotificationKind.FAVOURITE,
    "reblog": NotificationKind.BOOST,
    "follow": NotificationKind.FOLLOW,
}
_ALL = Page(limit=80)
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
        without=kinds_left_out(given.types, given.exclude_types),
        account_id=given.account_id,
    )
    call.linked(listing)
    kept = await filtering.apply_filters_to_notifications(call.ports, call.actor, listing)
    return _grouped(call, kept.items, given.grouped_types)


def _grouped(
    call: Call, kept: Sequence[NotificationEntry], grouped_types: Sequence[str]
) -> GroupedNotifications:
    groups: dict[str, list[NotificationEntry]] = {}
    for each in kept:
        grouped = notification_type(each) in grouped_types
        groups.setdefault(group_key(each) if grouped else f"ungrouped-{each.id}", []).append(each)
    entries = {each.entry.id: each.entry for each in kept if each.entry is not None}
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


@get("/api/v2/notifications/{group_key:str}", needs="read:notifications")
async def read_group(call: Call, given: None) -> GroupedNotifications:
    """Get one group, the newest 80 of it."""
    return _grouped(call, (await _members(call)).items, GROUPED)


@get("/api/v2/notifications/{group_key:str}/accounts", needs="read:notifications", pages="cursor")
async def accounts(call: Call, given: None) -> list[Account]:
    """See who did what a group tells of, the last first."""
    listing = await _members(call, call.page(40, 80))
    call.linked(listing)
    return call.present.accounts(each.actor for each in listing.items)


@post("/api/v2/notifications/{group_key:str}/dismiss", needs="write:notifications")
async def dismiss(call: Call, given: None) -> Empty:
    """Remove a group."""
    single, kind, post_id = _meant(call)
    if kind is None:
        await notifications.dismiss_notification(call.ports, call.actor, Dismiss(notification_id=single))
    else:
        command = notifications.DismissGroup(kind=kind, post_id=post_id)
        await notifications.dismiss_notifications(call.ports, call.actor, command)
    return Empty()


def _meant(call: Call) -> tuple[int, NotificationKind | None, int | None]:
    """What a group's key means: the id of a single notification, or a kind and maybe a post. Raises
    `NotFound`.
    """
    name, _, number = call.path("group_key").partition("-")
    found = parse_id(number) if number else None
    if name == "ungrouped" and found is not None:
        return found, None, None
    kind = _KINDS.get(name)
    if kind is None or (kind is NotificationKind.FOLLOW) is not (number == "") or (number and found is None):
        raise NotFound
    return 0, kind, found


async def _members(call: Call, page: Page = _ALL) -> Listing[NotificationEntry]:
    """A group's notifications, newest first. Raises `NotFound` for none."""
    single, kind, post_id = _meant(call)
    if kind is None:
        return Listing((await notifications.read_notification(call.ports, call.actor, single),))
    found = await notifications.read_notifications(
        call.ports, call.actor, page, kinds=(str(kind),), post_id=post_id
    )
    if not found.items:
        raise NotFound
    return found


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


def _alias(endpoint: Endpoint) -> Endpoint:
    """The same under the path that it had before it was finished."""
    path = endpoint.path.replace("/api/v2/", "/api/v2_alpha/")
    return Endpoint(
        endpoint.method, path, endpoint.run, who=endpoint.who, needs=endpoint.needs, pages=endpoint.pages
    )


_FINAL = (read, unread, read_group, accounts, dismiss)
ENDPOINTS = (*_FINAL, *map(_alias, _FINAL))
