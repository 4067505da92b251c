"""What the fixtures of `plugin` are made of: sites that are closed after the test, their people, and what
happened on them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from microblog_core.contributions import Manifest
from microblog_core.domain.events import Event
from microblog_core.domain.notifications import Message
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins.discovery import BUILTINS
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.site import Site
from microblog_core.testing.builder import FrozenClock
from microblog_core.testing.sites import site_with

E = TypeVar("E", bound=Event)

CAPTURED = "captured"
PASSWORD = "correct horse battery"


class Delivered(NamedTuple):
    """A message that was delivered, with its key, on the site of this name."""

    site: str
    key: str
    message: Message


class CapturedEvents(list[Event]):
    """Every event of the sites of a test, in order."""

    def of(self, event_type: type[E]) -> list[E]:
        """Those of a type."""
        return [event for event in self if isinstance(event, event_type)]


class _Channel:
    """A channel that everybody has; there is nothing to set up."""

    name = CAPTURED

    def __init__(self, site: str, deliveries: list[Delivered]) -> None:
        self._site, self._deliveries = site, deliveries

    async def deliver(self, message: Message, *, key: str) -> None:
        """Keep it."""
        self._deliveries.append(Delivered(self._site, key, message))


class _Besides:
    """A routing rule that asks all others, and adds the channel to what they answer."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def route(self, message: Message, channels: Sequence[str]) -> Sequence[str] | None:
        """What the first other rule answers, and the channel."""
        # Compared, not identified: the site holds something that stands for this rule and equals it.
        others = [each for each in self._site.contributions.routing_rules if each != self]
        answers = (each.route(message, channels) for each in others)
        answer = next((each for each in answers if each is not None), None)
        return tuple(dict.fromkeys((*(answer or ()), CAPTURED)))


class _Capturing:
    """The plugin `captured`: its rule comes before those of these plugins."""

    def __init__(self, deliveries: list[Delivered], before: Collection[str]) -> None:
        self.PLUGIN = Manifest(name=CAPTURED, before=tuple(before))
        self._deliveries = deliveries

    @hookimpl
    def register_channels(self, site: Site) -> Collection[_Channel]:
        """The channel `captured`."""
        return (_Channel(site.name, self._deliveries),)

    @hookimpl
    def register_routing_rules(self, site: Site) -> Collection[_Besides]:
        """What the others want, and `captured`."""
        return (_Besides(site),)


class CapturedDeliveries(list[Delivered]):
    """Every message that was delivered to people on the sites of a test: `await deliver(site)` runs the jobs
    that are due, which deliver.
    """

    async def deliver(self, site: Site) -> list[Delivered]:
        """Run the site's jobs that are due; what was delivered by that."""
        before = len(self)
        await JobRunner(site).run_due()
        return self[before:]


class MakeSite:
    """Makes sites of the plugins that a test names, open and with the test's clock. The options are those of
    `sites.site_with`.
    """

    def __init__(
        self, clock: FrozenClock, events: CapturedEvents, deliveries: CapturedDeliveries | None
    ) -> None:
        self._clock, self._events, self._deliveries = clock, events, deliveries
        self._made: list[Site] = []

    async def __call__(self, plugins: Mapping[str, object] | None = None, **options: Any) -> Site:
        """A site, composed and opened. Raises what `Site.open` raises."""
        given = dict(plugins or {})
        if self._deliveries is not None:
            given[CAPTURED] = _Capturing(self._deliveries, (*BUILTINS, *given, *options.get("installed", ())))
        site = site_with(given, **{"clock": self._clock, "base_url": "https://microblog.example", **options})
        self._made.append(site)
        await site.open()
        site.ports.bus.subscribe(Event, self._events.append)
        return site

    async def close(self) -> None:
        """Close all, the last one first."""
        while self._made:
            await self._made.pop().close()


async def make_people(site: Site, *usernames: str) -> list[Actor]:
    """Accounts with these names on a site, as use cases take them. Their password is `PASSWORD`, their
    address `NAME@example.org`.
    """
    return [
        Actor(
            account=await create_account(
                site.ports,
                SYSTEM,
                CreateAccount(username=name, email=f"{name}@example.org", password=PASSWORD),
            )
        )
        for name in usernames
    ]
