"""How people want to be told of what happened to them: how often, by kind of event and channel.

A channel has defaults for each kind; what somebody chose replaces them. What is to be told waits as a
delivery until the fold or digest that it belongs to is sent.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.domain.accounts import email_key
from microblog_core.domain.errors import Invalid
from microblog_core.domain.notifications import NotificationKind

MAIL = "email"
"""The name of the channel that writes to the address of an account."""
SITE = "site"
"""The name of the channel that is the list of notifications itself: a kind that is never wanted there is not
listed.
"""


class Frequency(enum.StrEnum):
    """When something is told. `at_once` gathers what comes within a short window, so that a burst is one
    message.
    """

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


class DeliveryPreference(msgspec.Struct, frozen=True, kw_only=True):
    """What an account chose for a kind of event on a channel."""

    channel: str
    kind: NotificationKind
    frequency: Frequency


AT_ONCE_OR_NEVER = (Frequency.AT_ONCE, Frequency.NEVER)
"""What channels offer that make no digests."""
ALL_AT_ONCE: Mapping[NotificationKind, Frequency] = dict.fromkeys(NotificationKind, Frequency.AT_ONCE)

MAIL_DEFAULTS: Mapping[NotificationKind, Frequency] = {
    NotificationKind.MENTION: Frequency.AT_ONCE,
    NotificationKind.REPLY: Frequency.AT_ONCE,
    NotificationKind.QUOTE: Frequency.AT_ONCE,
    NotificationKind.FOLLOW_REQUEST: Frequency.AT_ONCE,
    NotificationKind.POLL: Frequency.DAILY,
    NotificationKind.FOLLOW: Frequency.WEEKLY,
    NotificationKind.BOOST: Frequency.WEEKLY,
    NotificationKind.FAVOURITE: Frequency.WEEKLY,
    NotificationKind.STATUS: Frequency.NEVER,
}
"""What mail does for whoever never chose: what somebody addresses to you comes at once, what waits for
nobody comes once a week, and only if it has not been read by then.
"""


STORE = "notifications"
"""Under this name the plugin store keeps which addresses are paused, as `paused:ACCOUNT:CHANNEL`."""


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """A channel could not reach this address (empty for channels without one) at this moment for good."""

    at: int
    address: str = ""


def paused_key(account_id: int, channel: str) -> str:
    """Under which key `STORE` keeps a `Paused`."""
    return f"paused:{account_id}:{channel}"


def is_paused(stored: bytes | None, address: str) -> bool:
    """Whether a stored `Paused` holds for the account's present address. One for another address is over."""
    if stored is None:
        return False
    try:
        paused = msgspec.json.decode(stored, type=Paused)
    except msgspec.DecodeError:
        return True
    return not paused.address or paused.address == email_key(address)


def frequencies_of(
    channel: str,
    defaults: Mapping[NotificationKind, Frequency],
    chosen: Sequence[DeliveryPreference],
) -> dict[NotificationKind, Frequency]:
    """The frequency of every kind on a channel: what was chosen, else the default, else never."""
    found = {kind: defaults.get(kind, Frequency.NEVER) for kind in NotificationKind}
    found.update({each.kind: each.frequency for each in chosen if each.channel == channel})
    return found


def check_frequency(value: str, *, field: str = "frequency") -> Frequency:
    """Read a frequency from the wire; raises `Invalid` with this field."""
    try:
        return Frequency(value)
    except ValueError:
        raise Invalid(fields={field: f"Choose one of {', '.join(Frequency)}."}) from None
