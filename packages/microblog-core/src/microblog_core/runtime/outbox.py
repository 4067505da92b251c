"""Durable subscribers through the outbox: one job row for each, in the event's own transaction.

A row's kind names the subscriber, its key is (event id, subscriber), its payload the event as JSON with its
`type`. Names of subscribers are unique in the site here: composition puts the plugin's name before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from microblog_core.contributions import Subscriber
from microblog_core.domain.errors import PluginError
from microblog_core.domain.events import CORE_EVENTS, Event, encode_event
from microblog_core.ports.clock import Clock, Ids
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind
from microblog_core.ports.unit import DurableJobs

KIND_PREFIX = "events."


class EventDecoder:
    """Reads payloads back into the event types of a site."""

    def __init__(self, events: Iterable[type[Event]] = CORE_EVENTS) -> None:
        self._types = {event_type.type: event_type for event_type in (*CORE_EVENTS, *events)}

    def decode(self, payload: bytes) -> Event:
        """The event; fields that this version does not know are ignored.

        Raises `PluginError` for a type that no plugin declares, `msgspec.MsgspecError` for what is no event.
        """
        name = msgspec.json.decode(payload, type=_Envelope).type
        event_type = self._types.get(name)
        if event_type is None:
            raise PluginError(
                f"No plugin declares the event {name!r}.",
                hint="Install the plugin again, or discard the job.",
            )
        return msgspec.json.decode(payload, type=event_type)


class _Envelope(msgspec.Struct, frozen=True):
    type: str


def durable_jobs(subscribers: Iterable[Subscriber], ids: Ids, clock: Clock) -> DurableJobs:
    """The function that gives the outbox rows an event needs, for `Ports.durable`.

    Raises `PluginError` where two durable subscribers have the same name.
    """
    durable = _durable(subscribers)
    plans: dict[type[Event], tuple[tuple[str, str], ...]] = {}

    def jobs_of(event: Event) -> Sequence[Job]:
        plan = plans.get(type(event))
        if plan is None:
            plan = tuple((each.name, each.having) for each in durable if issubclass(type(event), each.event))
            plans[type(event)] = plan
        names = [name for name, having in plan if not having or getattr(event, having)]
        if not names:
            return ()
        payload, now = encode_event(event), clock.now()
        return tuple(
            Job(
                id=ids.at(now),
                kind=KIND_PREFIX + name,
                key=f"{event.id}:{name}",
                payload=payload,
                due_at=now,
                created_at=now,
            )
            for name in names
        )

    return jobs_of


def subscriber_kinds(subscribers: Iterable[Subscriber], events: Iterable[type[Event]]) -> dict[str, JobKind]:
    """The job kinds that hand outbox rows to the durable subscribers, by name."""
    decoder = EventDecoder(events)
    return {kind.name: kind for kind in (_kind(each, decoder) for each in _durable(subscribers))}


def _kind(subscriber: Subscriber, decoder: EventDecoder) -> JobKind:
    async def hand_on(job: Job) -> None:
        await subscriber.handler(decoder.decode(job.payload))

    return JobKind(name=KIND_PREFIX + subscriber.name, handler=hand_on)


def _durable(subscribers: Iterable[Subscriber]) -> tuple[Subscriber, ...]:
    durable = tuple(each for each in subscribers if each.durable)
    names: set[str] = set()
    for each in durable:
        if each.name in names:
            raise PluginError(f"Two durable subscribers are named {each.name!r}.", hint="Rename one.")
        names.add(each.name)
    return durable
