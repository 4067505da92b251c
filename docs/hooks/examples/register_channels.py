"""Messages are called out of the window."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.notifications import Message
from microblog_core.plugins import implements
from microblog_core.ports.channels import Channel, Temporary
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="window")


heard: list[str] = []
street = {"loud": False}


class Window:
    """A `Channel`."""

    name = "window"

    async def deliver(self, message: Message, *, key: str) -> None:
        if street["loud"]:
            raise Temporary("The street is too loud.", retry_after=60)
        heard.append(message.text)


@implements(hookspecs.register_channels)
def channels(site: Site) -> Iterable[Channel]:
    return [Window()]


async def main() -> None:
    message = Message(account_id=1, kind="mention", subject="Hello", text="Bob named you.")
    async with site_with({"window": sys.modules[__name__]}) as site:
        (channel,) = site.contributions.channels
        await channel.deliver(message, key="1:window")
        assert heard == ["Bob named you."]
        street["loud"] = True
        try:
            await channel.deliver(message, key="2:window")
        except Temporary:
            return
        raise AssertionError("It is tried again in a minute.")


if __name__ == "__main__":
    asyncio.run(main())
