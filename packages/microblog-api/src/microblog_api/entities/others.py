"""Notifications, lists, tags, search, conversations, and what operators tell."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from microblog_api.entities.accounts import Account
from microblog_api.entities.base import CustomEmoji, Entity
from microblog_api.entities.statuses import Status, StatusMention, StatusTag


class Rule(Entity):
    """What people on this site agree to; `hint` says more."""

    id: str
    text: str
    hint: str


class Notification(Entity):
    """Something that happened to somebody (version 1)."""

    id: str
    type: str
    created_at: str
    group_key: str
    account: Account
    status: Status | UnsetType | None = UNSET


class NotificationGroup(Entity):
    """Notifications of the same thing."""

    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: str
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: list[str]
    status_id: str | UnsetType = UNSET


class GroupedNotifications(Entity):
    """Groups of notifications, with the accounts and statuses that they name."""

    accounts: list[Account]
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


class Marker(Entity):
    """How far somebody has read a timeline."""

    last_read_id: str
    version: int
    updated_at: str


class ListEntity(Entity):
    """A list of people."""

    id: str
    title: str
    replies_policy: str
    exclusive: bool


class TagHistory(Entity):
    """One day of a hashtag: `day` in Unix seconds at midnight UTC; all values as text."""

    day: str
    uses: str
    accounts: str


class Tag(Entity):
    """A hashtag."""

    id: str
    name: str
    url: str
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(Entity):
    """A hashtag on somebody's profile."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class Search(Entity):
    """What was found."""

    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]


class Conversation(Entity):
    """Direct posts between the same people."""

    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None


class Report(Entity):
    """A report to the moderators."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str] | None
    rule_ids: list[str] | None
    target_account: Account


class WebPushAlerts(Entity):
    """Which notifications are pushed."""

    mention: bool = False
    quote: bool = False
    status: bool = False
    reblog: bool = False
    follow: bool = False
    follow_request: bool = False
    favourite: bool = False
    poll: bool = False
    update: bool = False
    quoted_update: bool = False
    admin_sign_up: bool = msgspec.field(name="admin.sign_up", default=False)
    admin_report: bool = msgspec.field(name="admin.report", default=False)


class WebPushSubscription(Entity):
    """Where notifications are pushed to."""

    id: str
    endpoint: str
    standard: bool
    server_key: str
    policy: str
    alerts: WebPushAlerts


class Announcement(Entity):
    """What the operators tell everybody."""

    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    mentions: list[StatusMention]
    statuses: list[Any]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    reactions: list[Reaction]
    read: bool | UnsetType = UNSET


class Reaction(Entity):
    """An emoji under an announcement."""

    name: str
    count: int
    me: bool
