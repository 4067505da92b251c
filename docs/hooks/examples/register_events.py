"""An event type of the plugin's own, and who observes it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from typing import ClassVar

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Subscriber
from microblog_core.domain.events import Event
from microblog_core.plugins import implements
from microblog_core.site import Site
from microblog_core.testing.sites import site_with

PLUGIN = Manifest(name="bell")


class Rang(Event, frozen=True, kw_only=True):
    """Somebody rang the bell."""

    type: ClassVar[str] = "bell.rang"
    times: int


rang: list[int] = []


async def note(event: Rang) -> None:
    rang.append(event.times)


@implements(hookspecs.register_events)
def events() -> Iterable[type[Event]]:
    return [Rang]


@implements(hookspecs.register_subscribers)
def subscribers(site: Site) -> Iterable[Subscriber]:
    return [Subscriber(name="note", event=Rang, handler=note)]


async def main() -> None:
    async with site_with({"bell": sys.modules[__name__]}) as site:
        assert Rang in site.contributions.events
        now = site.ports.clock.now()
        unit = site.ports.unit()
        unit.emit(Rang(id=site.ports.ids.at(now), at=now, times=2))
        await unit.commit()
    assert rang == [2]


if __name__ == "__main__":
    asyncio.run(main())
