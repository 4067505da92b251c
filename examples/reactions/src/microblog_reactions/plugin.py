"""The plugin's core face: tables, a permission, an event, what is cleaned up, and a job for each day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from microblog_core import hookspecs
from microblog_core.contributions import Manifest, Migration, Subscriber
from microblog_core.domain.accounts import AccountState
from microblog_core.domain.events import AccountUpdated, Event, PostDeleted
from microblog_core.domain.permissions import Permission
from microblog_core.plugins import implements
from microblog_core.ports.operations import Job
from microblog_core.ports.queue import JobKind, Schedule
from microblog_core.site import Site
from microblog_reactions import tables
from microblog_reactions.reacting import PERMISSION, Reacted

PLUGIN = Manifest(
    name="reactions", version="0.1.0", summary="Emoji reactions to posts", capabilities=("sql",)
)
COUNT = "reactions.count"


class CountDay(msgspec.Struct, frozen=True):
    """What the job is to count: a day (`2026-01-31`), or yesterday by the site's clock."""

    day: str = ""


class Keeper:
    """What happens to reactions without anybody reacting."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def post_gone(self, event: PostDeleted) -> None:
        """Durable, and the same however often it is called."""
        unit = self._site.ports.unit()
        tables.forget_post(unit, event.post_id)
        await unit.commit()

    async def account_changed(self, event: AccountUpdated) -> None:
        """Of an account that was deleted nothing stays."""
        account = await self._site.ports.storage.accounts.get(event.account_id)
        if account is None or account.state is AccountState.DELETED:
            unit = self._site.ports.unit()
            tables.forget_account(unit, event.account_id)
            await unit.commit()

    async def count(self, job: Job) -> None:
        """Count a day that is over."""
        ports = self._site.ports
        wanted = msgspec.json.decode(job.payload, type=CountDay).day
        today = datetime.fromtimestamp(ports.clock.now() / 1000, UTC).date()
        day = datetime.fromisoformat(wanted).date() if wanted else today - timedelta(days=1)
        begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        unit = ports.unit()
        tables.count_day(unit, day.isoformat(), begin, begin + 86_400_000)
        await unit.commit()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Pages that are kept for visitors show the reactions: here and in every other process they are
        drawn anew.
        """
        ports = self._site.ports
        end = ports.bus.subscribe(
            Reacted, lambda event: ports.cache.drop((f"post:{event.post_id}",)), everywhere=True
        )
        yield
        end()


@implements(hookspecs.register_migrations)
def migrations() -> Iterable[Migration]:
    return tables.MIGRATIONS


@implements(hookspecs.register_permissions)
def permissions() -> Iterable[Permission]:
    return [Permission(PERMISSION, "React to posts with an emoji")]


@implements(hookspecs.register_events)
def events() -> Iterable[type[Event]]:
    return [Reacted]


@implements(hookspecs.register_subscribers)
def subscribers(site: Site) -> Iterable[Subscriber]:
    keeper = Keeper(site)
    return [
        Subscriber(name="posts", event=PostDeleted, handler=keeper.post_gone, durable=True),
        Subscriber(name="accounts", event=AccountUpdated, handler=keeper.account_changed, durable=True),
    ]


@implements(hookspecs.register_jobs)
def jobs(site: Site) -> Iterable[JobKind]:
    return [JobKind(name=COUNT, handler=Keeper(site).count, shows=("day",))]


@implements(hookspecs.register_schedules)
def schedules(site: Site) -> Iterable[Schedule]:
    return [Schedule(name="daily", kind=COUNT, cron="10 0 * * *")]


@implements(hookspecs.lifespan)
def lifespan(site: Site) -> AbstractAsyncContextManager[None] | None:
    return Keeper(site).listening()
