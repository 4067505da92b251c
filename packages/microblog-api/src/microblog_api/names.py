"""Mastodon's names for levels of visibility and kinds of notifications, and moments as it writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from microblog_core.domain.notifications import NotificationEntry, NotificationKind
from microblog_core.domain.posts import Visibility

VISIBILITY_NAMES = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.MEMBERS: "private",
    Visibility.DIRECT: "direct",
}
VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
"""The levels that clients may write, under Mastodon's names."""
WRITTEN = {**VISIBILITIES, "members": Visibility.MEMBERS}
"""The same for a status, which may be for those who pay its author, too."""

KINDS = {
    NotificationKind.MENTION: "mention",
    NotificationKind.REPLY: "mention",
    NotificationKind.BOOST: "reblog",
    NotificationKind.FAVOURITE: "favourite",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.FOLLOW_REQUEST: "follow_request",
    NotificationKind.STATUS: "status",
    NotificationKind.POLL: "poll",
    NotificationKind.QUOTE: "quote",
    NotificationKind.TIP: "tip",
    NotificationKind.MEMBER: "member",
    NotificationKind.PAID: "paid",
    NotificationKind.RENEWED: "renewed",
    NotificationKind.PAYMENT_FAILED: "payment_failed",
    NotificationKind.REFUNDED: "refunded",
    NotificationKind.DISPUTED: "disputed",
}


OWN_KINDS = (
    NotificationKind.TIP,
    NotificationKind.MEMBER,
    NotificationKind.PAID,
    NotificationKind.RENEWED,
    NotificationKind.PAYMENT_FAILED,
    NotificationKind.REFUNDED,
    NotificationKind.DISPUTED,
)
"""Kinds that Mastodon has no type for. Some clients fail at the whole page for one type that they don't know:
who wants these names them in `types[]`.
"""


@lru_cache(4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def moment(at: int) -> str:
    """Unix milliseconds as ISO 8601: `2026-11-22T18:40:05.123Z`; all of it, since some clients want just
    that.
    """
    return f"{_second(at // 1000)}.{at % 1000:03}Z"


def day(at: int) -> str:
    """Unix milliseconds as a date in UTC: `2026-11-22`."""
    return _second(at // 1000)[:10]


def notification_type(entry: NotificationEntry) -> str:
    """What Mastodon calls this kind of notification."""
    return KINDS[entry.kind]


def group_key(entry: NotificationEntry) -> str:
    """What notifications of the same thing share; a key of its own for what is never grouped."""
    if entry.kind is NotificationKind.FOLLOW:
        return "follow"
    if entry.kind in (NotificationKind.BOOST, NotificationKind.FAVOURITE) and entry.entry is not None:
        return f"{KINDS[entry.kind]}-{entry.entry.post.id}"
    return f"ungrouped-{entry.id}"


def kinds_named(types: Iterable[str]) -> list[str]:
    """The kinds of notifications that clients mean by Mastodon's types; unknown ones are none."""
    wanted = set(types)
    return [str(kind) for kind, name in KINDS.items() if name in wanted]


def kinds_left_out(types: Sequence[str], without: Iterable[str]) -> list[str]:
    """The kinds that a listing leaves out: what clients don't want, and what they may not know of unless they
    name types.
    """
    return [*kinds_named(without), *([] if types else map(str, OWN_KINDS))]


def visibility_name(level: Visibility | str) -> str:
    """A level under Mastodon's name for it: what only some may see is `private`."""
    return VISIBILITY_NAMES[Visibility(level)]
