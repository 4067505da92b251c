"""Numbers of tickets become links."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable

from microblog_core import hookspecs
from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_core.ports.content import Entity, EntityFinder
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="tickets")


class Tickets:
    """An `EntityFinder`."""

    kind = "ticket"

    def find(self, text: str) -> Iterable[Entity]:
        for match in re.finditer(r"\bT-([0-9]+)\b", text):
            href = f"https://tickets.example/{match[1]}"
            yield Entity(kind=self.kind, start=match.start(), end=match.end(), value=match[0], href=href)


@implements(hookspecs.register_entities)
def entities(site: Site) -> Iterable[EntityFinder]:
    return [Tickets()]


async def main() -> None:
    async with site_with({"tickets": sys.modules[__name__]}) as site:
        (entity,) = site.ports.content.find("See T-12.")
        assert (entity.kind, entity.href) == ("ticket", "https://tickets.example/12")


if __name__ == "__main__":
    asyncio.run(main())
