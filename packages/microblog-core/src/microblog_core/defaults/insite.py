"""The channel `site`: the list of notifications itself, as a channel of whose kinds people choose.

It is not contributed: a notification is in the list by being stored, and there is nothing to route or to
deliver. A kind that is never wanted there is left out when the list is read (`domain.deliveries.SITE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from microblog_core.domain.deliveries import ALL_AT_ONCE, AT_ONCE_OR_NEVER, SITE, Frequency
from microblog_core.domain.notifications import Message, NotificationKind
from microblog_core.ports.channels import Channel, PreferredChannel


class InSiteChannel:
    """The list of notifications. A `ports.channels.PreferredChannel`."""

    name = SITE
    label = "On the site"
    by_address = False
    defaults: Mapping[NotificationKind, Frequency] = ALL_AT_ONCE
    frequencies = AT_ONCE_OR_NEVER
    fold_seconds = 0.0
    digest_hour = 0

    async def deliver(self, message: Message, *, key: str) -> None:
        """It is delivered already."""


def preferred_channels(given: Iterable[Channel]) -> dict[str, PreferredChannel]:
    """The channels that people choose of, by name: the list on the site, and those of these that have
    preferences.
    """
    found = [each for each in given if isinstance(each, PreferredChannel)]
    return {each.name: each for each in (InSiteChannel(), *found)}
