"""What happened to somebody, kept for their notifications page, and what a channel delivers."""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.posts import Entry


class NotificationKind(enum.StrEnum):
    """What a notification tells."""

    MENTION = "mention"
    REPLY = "reply"
    BOOST = "boost"
    FAVOURITE = "favourite"
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    STATUS = "status"
    """Somebody followed with `FollowOptions.notify` published a post."""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A stored notification: `actor_id` did something to `account_id`, maybe with `post_id`."""

    id: int
    account_id: int
    kind: NotificationKind
    actor_id: int
    post_id: int | None = None
    created_at: int


class NotificationEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A notification as its receiver sees it; `entry` is None for kinds without a post."""

    id: int
    kind: NotificationKind
    actor: Account
    entry: Entry | None
    created_at: int
    unread: bool = False


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel delivers to one person: plain text always, HTML where the channel can show it."""

    account_id: int
    kind: str
    subject: str
    text: str
    html: str = ""
    url: str = ""
    address: str = ""
