"""Channels deliver messages to people: mail, push, a webhook, the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.notifications import Message, NotificationKind


class DeliveryError(MicroblogError):
    """The root of what `Channel.deliver` may raise."""

    code = "delivery"


class Temporary(DeliveryError):
    """Try again later; `retry_after` seconds if the receiver said so."""

    code = "delivery_temporary"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(Temporary):
    """The other side can't be reached, or is left alone for a while: it was not asked about this message."""

    code = "delivery_unreachable"


class Unclear(Temporary):
    """The message was handed over and no answer came: it may have been taken, or not. Who would rather
    deliver twice than never tries again.
    """

    code = "delivery_unclear"


class Permanent(DeliveryError):
    """This message will never be taken."""

    code = "delivery_permanent"


class AddressGone(DeliveryError):
    """This address takes nothing any more; it is paused."""

    code = "delivery_address_gone"


class Channel(Protocol):
    """A way to reach people. `name` is unique in a site."""

    name: str

    async def deliver(self, message: Message, *, key: str) -> None:
        """Deliver once per `key`, as far as the other side allows. Raises `Temporary`, `Permanent`,
        `AddressGone`.
        """
        ...


@runtime_checkable
class PreferredChannel(Channel, Protocol):
    """A channel that people set up for themselves, kind by kind.

    `label` is what settings call it. `defaults` hold for whoever never chose. What is wanted at once waits
    `fold_seconds` first, so that a burst is one message; digests are sent at `digest_hour` (UTC, 0 to 23),
    weekly ones on Mondays. With `by_address` messages carry the account's e-mail address, and a pause ends
    when that changes.
    """

    label: str
    defaults: Mapping[NotificationKind, Frequency]
    fold_seconds: float
    digest_hour: int
    by_address: bool


@runtime_checkable
class ReachingChannel(PreferredChannel, Protocol):
    """A channel that reaches only who has set something up for it; for others nothing is queued. It delivers
    one by one whatever is wanted: there are no folds and no digests.
    """

    async def reaches(self, account_id: int) -> bool:
        """Whether there is anything to deliver to. Asked for every notification, so it has to be cheap."""
        ...


def frequencies_offered(channel: PreferredChannel) -> tuple[Frequency, ...]:
    """What people may choose of: all, or what the channel names as its `frequencies`."""
    return tuple(getattr(channel, "frequencies", Frequency))


@runtime_checkable
class BulkChannel(Channel, Protocol):
    """A channel for messages to many. It takes `parallel` of them at the same time, and tells `Unreachable`
    and `Unclear` from other temporary errors.
    """

    parallel: int


class RoutingRule(Protocol):
    """Decides which channels a kind of message takes. What the reader never wants to hear of on a channel is
    not sent there, whatever a rule says.
    """

    def route(self, message: Message, channels: Sequence[str]) -> Sequence[str] | None:
        """The names of the channels to use, or None to leave it to the next rule."""
        ...
