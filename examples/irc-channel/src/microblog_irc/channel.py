"""The channel: notifications, one by one, to those who have chosen a nickname."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from microblog_core.domain.deliveries import ALL_AT_ONCE, AT_ONCE_OR_NEVER, Frequency
from microblog_core.domain.notifications import Message, NotificationKind
from microblog_core.ports.channels import AddressGone, Permanent, Temporary
from microblog_core.site import Site
from microblog_irc.addresses import PLUGIN, address_of, met
from microblog_irc.client import Client, NotThere, lines_of

DAY = 86_400_000


class IrcChannel:
    """A `ReachingChannel`. It speaks to one person at a time: servers don't like many of us."""

    name = PLUGIN
    label = "IRC"
    by_address = False
    defaults: Mapping[NotificationKind, Frequency] = ALL_AT_ONCE
    frequencies = AT_ONCE_OR_NEVER
    fold_seconds = 0.0
    digest_hour = 7

    def __init__(self, site: Site, client: Client, *, lines: int, gone_days: int) -> None:
        self._site, self._client = site, client
        self._lines, self._gone = lines, gone_days * DAY
        self._turn = asyncio.Lock()

    async def reaches(self, account_id: int) -> bool:
        """Whether they have chosen a nickname: one read by key."""
        return await address_of(self._site.ports, account_id) is not None

    async def deliver(self, message: Message, *, key: str) -> None:
        """Say it, if they are there; IRC has no keys, so a connection that broke may have said it already.

        Who isn't there is tried again; whom nobody has met for `gone_days` is `AddressGone`.
        """
        ports = self._site.ports
        address = await address_of(ports, message.account_id)
        if address is None:
            raise Permanent("They have no nickname any more.")
        lines = lines_of(f"{message.subject}\n{message.text}", self._lines)
        if not lines:
            raise Permanent("There is nothing in the message that IRC can show.")
        try:
            async with self._turn:
                await self._client.say(address.nick, lines)
        except NotThere:
            if ports.clock.now() - address.met_at > self._gone:
                raise AddressGone(f"Nobody has met {address.nick} for long.") from None
            raise Temporary(f"{address.nick} is not there.", retry_after=600) from None
        await met(ports, message.account_id, address)
