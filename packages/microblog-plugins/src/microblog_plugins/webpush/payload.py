"""What a push says, as Mastodon's apps read it, and what it replaces."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.notifications import Message, MessageItem, NotificationKind
from microblog_plugins.webpush.encryption import PLAIN_MAX

TYPES: Mapping[str, str] = {
    NotificationKind.MENTION: "mention",
    NotificationKind.REPLY: "mention",
    NotificationKind.BOOST: "reblog",
    NotificationKind.FAVOURITE: "favourite",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.POLL: "poll",
    NotificationKind.QUOTE: "quote",
    NotificationKind.FOLLOW_REQUEST: "follow_request",
    NotificationKind.STATUS: "status",
}
"""Mastodon's names of our kinds, which are also those of an app's alerts."""
BODY_LENGTH = 140
TITLE_LENGTH = 200
_FOLDED = ("reblog", "favourite", "follow")
"""While a device is away, one of these takes the place of the one before about the same post."""


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON object inside a push, with Mastodon's names."""

    access_token: str
    preferred_locale: str
    notification_id: str
    notification_type: str
    icon: str
    title: str
    body: str


def payload_of(message: Message, item: MessageItem, *, token: str, icon: str) -> bytes:
    """The JSON of a push about one item of a message."""
    body = item.text if len(item.text) <= BODY_LENGTH else f"{item.text[: BODY_LENGTH - 1].rstrip()}…"
    payload = Payload(
        access_token=token,
        preferred_locale=message.locale,
        notification_id=str(item.id),
        notification_type=TYPES[item.kind],
        icon=icon,
        title=item.line[:TITLE_LENGTH],
        body=body,
    )
    encoded = msgspec.json.encode(payload)
    if len(encoded) > PLAIN_MAX:
        encoded = msgspec.json.encode(msgspec.structs.replace(payload, body="", icon=""))
    return encoded


def topic_of(item: MessageItem) -> str:
    """The topic under which a push replaces an earlier one that was not delivered yet (RFC 8030 section 5.4);
    empty where each is to arrive.
    """
    name = TYPES[item.kind]
    return f"{name}-{item.post_id or 0}"[:32] if name in _FOLDED else ""
