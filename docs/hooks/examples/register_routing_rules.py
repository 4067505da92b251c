"""Follows go nowhere, all else as somebody else decides."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.domain.notifications import Message
from microblog_core.plugins import implements
from microblog_core.ports.channels import RoutingRule
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="quiet")


class NoFollows:
    """A `RoutingRule`: an empty answer is an answer, None is none."""

    def route(self, message: Message, channels: Sequence[str]) -> Sequence[str] | None:
        return () if message.kind == "follow" else None


@implements(hookspecs.register_routing_rules)
def routing_rules(site: Site) -> Iterable[RoutingRule]:
    return [NoFollows()]


async def main() -> None:
    async with site_with({"quiet": sys.modules[__name__]}) as site:
        rule = site.contributions.routing_rules[-1]
        follow = Message(account_id=1, kind="follow", subject="", text="")
        mention = Message(account_id=1, kind="mention", subject="", text="")
        assert rule.route(follow, ("mail",)) == ()
        assert rule.route(mention, ("mail",)) is None


if __name__ == "__main__":
    asyncio.run(main())
