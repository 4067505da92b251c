"""What happened to somebody, kept for their notifications page, and what a channel delivers."""

from __future__ import annotations

import enum
from collections.abc import Mapping

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
    POLL = "poll"
    QUOTE = "quote"
    FOLLOW_REQUEST = "follow_request"
    STATUS = "status"
    """Somebody followed with `FollowOptions.notify` published a post."""
    TIP = "tip"
    """Somebody paid the receiver a tip."""
    MEMBER = "member"
    """Somebody became a member of the receiver."""
    PAID = "paid"
    """The receiver's payment to somebody was taken."""
    RENEWED = "renewed"
    """The receiver's membership of somebody goes on."""
    PAYMENT_FAILED = "payment_failed"
    """The receiver's payment to somebody was not taken."""
    REFUNDED = "refunded"
    """The receiver got something back of what they paid somebody."""
    DISPUTED = "disputed"
    """Somebody's bank asks a payment to the receiver back."""


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


class MessageItem(msgspec.Struct, frozen=True, kw_only=True):
    """One of the things that a message tells: `line` says what happened, in the reader's language.

    `text` and `html` (sanitised, with whole addresses in its links) are those of the post as it is now, or of
    its content warning where it has one. `thread_id`, `in_reply_to_id` and `version` are the post's; `id` is
    the notification's.
    """

    kind: str
    line: str
    actor: Account
    text: str = ""
    html: str = ""
    url: str = ""
    post_id: int | None = None
    thread_id: int | None = None
    in_reply_to_id: int | None = None
    created_at: int = 0
    id: int = 0
    version: int = 0


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel delivers to one person: plain text always, HTML where the channel can show it.

    All texts are in the reader's language, `locale`; `subject` is one line. `items` are what happened, one
    for each, empty for what is no notification, and `more` says how many are left out; `text` is all of it
    for channels that show nothing else.
    `url` is where to go on, `action` the words of that link. `notes` are the small print. `unsubscribe_url`
    ends messages of this kind on this channel, by one POST and without logging in. `address` and `confirmed`
    (whether it is known to be theirs) are given to channels that write to the account's address.

    `reference` names this message for ever, whatever becomes of it before it is sent; `references` name what
    it belongs to, the beginning of the conversation first, what it answers last. They are made of letters,
    digits, `-` and `.`. `frequencies` are what the reader chose for this kind, by channel.
    """

    account_id: int
    kind: str
    subject: str
    text: str
    html: str = ""
    url: str = ""
    address: str = ""
    confirmed: bool = False
    locale: str = "en"
    site_title: str = ""
    actor: Account | None = None
    items: tuple[MessageItem, ...] = ()
    more: str = ""
    action: str = ""
    notes: tuple[str, ...] = ()
    unsubscribe_url: str = ""
    unsubscribe: str = ""
    reference: str = ""
    references: tuple[str, ...] = ()
    frequencies: Mapping[str, str] = {}
