from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest

from microblog_core.contributions import Subscriber
from microblog_core.domain.errors import PluginError
from microblog_core.domain.events import AccountCreated, Event, LoggedIn, PostPublished, encode_event
from microblog_core.domain.ids import IdFactory
from microblog_core.runtime.outbox import EventDecoder, durable_jobs, subscriber_kinds


class FixedClock:
    def now(self) -> int:
        return 1_700_000_000_000


class Tipped(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "tips.tipped"
    cents: int


def subscriber(name, event, handler=None, durable=True):
    async def nothing(event):
        return None

    return Subscriber(name=name, event=event, handler=handler or nothing, durable=durable)


def test_each_durable_subscriber_gets_one_row_keyed_by_event_and_name():
    jobs_of = durable_jobs(
        [
            subscriber("a.all", Event),
            subscriber("a.posts", PostPublished),
            subscriber("a.live", Event, durable=False),
        ],
        IdFactory(),
        FixedClock(),
    )
    event = PostPublished(id=9, at=1, post_id=2, account_id=3, visibility="public", tags=("x",))

    jobs = jobs_of(event)

    assert [(job.kind, job.key) for job in jobs] == [
        ("events.a.all", "9:a.all"),
        ("events.a.posts", "9:a.posts"),
    ]
    assert len({job.id for job in jobs}) == 2
    assert all(job.due_at == job.created_at == 1_700_000_000_000 for job in jobs)
    assert EventDecoder().decode(jobs[0].payload) == event


def test_an_event_without_durable_subscribers_needs_no_row():
    jobs_of = durable_jobs([subscriber("a.posts", PostPublished)], IdFactory(), FixedClock())
    assert jobs_of(LoggedIn(id=1, at=1, account_id=1)) == ()


def test_a_row_reaches_its_handler_as_the_event_that_was_emitted():
    heard = []

    async def handler(event):
        heard.append(event)

    subscribers = [subscriber("tips.thank", Tipped, handler)]
    event = Tipped(id=1, at=2, cents=300)
    (job,) = durable_jobs(subscribers, IdFactory(), FixedClock())(event)
    kinds = subscriber_kinds(subscribers, (Tipped,))

    asyncio.run(kinds[job.kind].handler(job))

    assert heard == [event]


def test_an_event_that_nobody_declares_any_more_is_refused_by_name():
    with pytest.raises(PluginError, match=r"tips\.tipped"):
        EventDecoder().decode(encode_event(Tipped(id=1, at=2, cents=300)))


def test_two_durable_subscribers_with_one_name_are_an_error():
    with pytest.raises(PluginError, match=r"a\.x"):
        durable_jobs(
            [subscriber("a.x", LoggedIn), subscriber("a.x", AccountCreated)], IdFactory(), FixedClock()
        )
