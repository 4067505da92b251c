"""From a notification to the channels: routing rules choose, preferences say when, and jobs deliver.

What a channel of no preferences gets is one job for each notification. On a channel that people set up for
themselves a notification waits, as a row, for the fold or the digest that its kind belongs to: the job that
comes first takes all rows of its account, channel and frequency in one transaction with the job that
delivers them, and jobs that come later find nothing. So a burst is one message, and whatever dies when,
each notification is taken once.

What is delivered is read when it is delivered: a notification that is gone by then, or whose post the
receiver may no longer see, or that they have read, muted or ended by their preferences, is not sent; an
edited post is sent as it is now.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.accounts import AccountState, email_key
from microblog_core.domain.deliveries import STORE, Frequency, Paused, frequencies_of, is_paused, paused_key
from microblog_core.domain.errors import Conflict
from microblog_core.domain.events import NotificationCreated
from microblog_core.domain.notifications import Message, NotificationEntry, NotificationKind
from microblog_core.i18n import translations
from microblog_core.ports.channels import (
    AddressGone,
    Channel,
    Permanent,
    PreferredChannel,
    ReachingChannel,
    Temporary,
)
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddDelivery, Job, TakeDeliveries
from microblog_core.ports.queue import RetryPolicy
from microblog_core.runtime.current import end_current_job
from microblog_core.runtime.links import SETTINGS_PATH, Links
from microblog_core.runtime.messages import SETTINGS, UNSUBSCRIBE, WHY, Reader, compose, reference_of
from microblog_core.services.site_texts import known_face, read_face

if TYPE_CHECKING:
    from microblog_core.site import Site

DELIVER_JOB = "notifications.deliver"
GATHER_JOB = "notifications.gather"
DELIVER_RETRY = RetryPolicy(tries=100, first_delay=2.0, max_delay=3600.0)
"""As long as mail servers try: about four days. A channel that is busy or rests refuses at once, which counts
as a try."""
TAKE_MAX = 1000
TURNS_MAX = 10

DAY = 24 * 3600 * 1000
HOUR = 3600 * 1000
MONDAY = 4
"""The first Monday is the fifth day since the beginning of Unix time, a Thursday."""
GRACE = 60 * 1000
"""What comes later than this (milliseconds) before a digest waits for the next one: its job may run already.
"""

_SHOWN = (AccountState.ACTIVE, AccountState.SILENCED)

logger = logging.getLogger(__name__)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of one delivery: these notifications, in one message. `notification_id` is how jobs of
    earlier versions name the only one.
    """

    channel: str
    account_id: int
    notification_ids: tuple[int, ...] = ()
    notification_id: int = 0

    @property
    def ids(self) -> tuple[int, ...]:
        """All notifications, oldest first."""
        return self.notification_ids or (self.notification_id,)


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `GATHER_JOB`: make one message of what waits."""

    channel: str
    account_id: int
    frequency: Frequency


class Notifier:
    """Routes and delivers one site's notifications. Its channels and rules are asked for when they are
    needed.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._links = Links(site)

    @property
    def _ports(self) -> Ports:
        return self._site.ports

    def _channels(self) -> Mapping[str, Channel]:
        return {channel.name: channel for channel in self._site.contributions.channels}

    async def route(self, event: NotificationCreated) -> None:
        """Queue what the first answering rule wants (durable subscriber): now, or with what else waits."""
        channels = self._channels()
        if not channels or not self._site.contributions.routing_rules:
            return
        reader = await self._reader(event.account_id)
        told = await self._told(event.account_id, (event.notification_id,))
        if reader is None or not told:
            return
        wanted = await self._frequencies(event.account_id, channels.values())
        message = self._compose(reader, told, "")
        kind = told[0].kind
        message = msgspec.structs.replace(
            message, frequencies={name: kinds[kind] for name, kinds in wanted.items()}
        )
        unit = self._ports.unit()
        for name in self._chosen(message, tuple(channels)):
            channel = channels[name]
            if not isinstance(channel, PreferredChannel):
                unit.outbox.add(self._delivery(name, event.account_id, (event.notification_id,)))
                continue
            frequency = wanted[name][kind]
            if frequency is Frequency.NEVER:
                continue
            if isinstance(channel, ReachingChannel):
                if await channel.reaches(event.account_id):
                    unit.outbox.add(self._delivery(name, event.account_id, (event.notification_id,)))
                continue
            unit.apply(
                AddDelivery(
                    account_id=event.account_id,
                    channel=name,
                    frequency=frequency,
                    notification_id=event.notification_id,
                )
            )
            unit.outbox.add(self._gathering(channel, frequency, event))
        end_current_job(unit)
        try:
            await unit.commit()
        except Conflict as conflict:
            if conflict.guard != "exists":
                raise

    async def gather(self, job: Job) -> None:
        """Take all that waits with this job's notification, and queue its delivery in the same
        transaction.
        """
        what = msgspec.json.decode(job.payload, type=Gathering)
        read = self._ports.storage.deliveries.waiting
        for _ in range(TURNS_MAX):
            ids = await read(what.account_id, what.channel, what.frequency, TAKE_MAX)
            if not ids:
                return
            unit = self._ports.unit()
            unit.apply(
                TakeDeliveries(
                    account_id=what.account_id,
                    channel=what.channel,
                    frequency=what.frequency,
                    notification_ids=tuple(ids),
                )
            )
            unit.outbox.add(self._delivery(what.channel, what.account_id, tuple(ids)))
            try:
                await unit.commit()
            except Conflict as conflict:
                if conflict.guard != "delivery":
                    raise
        raise Temporary("There is more than one turn takes, or others take it at the same time.")

    async def deliver(self, job: Job) -> None:
        """Deliver through one channel. Raises what the channel raises, but for `AddressGone`, which pauses
        it.
        """
        delivery = msgspec.json.decode(job.payload, type=Delivery)
        channel = self._channels().get(delivery.channel)
        if channel is None:
            raise Permanent(f"There is no channel {delivery.channel!r} any more.")
        reference = reference_of(job.kind, delivery.channel, *delivery.ids)
        message = await self.message(channel, delivery.account_id, delivery.ids, reference)
        if message is None:
            return
        key = f"{delivery.ids[0]}:{delivery.channel}"
        try:
            await channel.deliver(message, key=key)
        except AddressGone as gone:
            logger.warning("Paused %s for account %s: %s", delivery.channel, delivery.account_id, gone)
            unit, address = self._ports.unit(), message.address
            pause = Paused(at=self._ports.clock.now(), address=email_key(address) if address else "")
            paused = paused_key(delivery.account_id, delivery.channel)
            unit.plugins.put(STORE, paused, msgspec.json.encode(pause))
            await unit.commit()

    async def message(
        self, channel: Channel, account_id: int, ids: Sequence[int], reference: str
    ) -> Message | None:
        """What a channel is to tell of these notifications, as they are now; None where there is nothing to
        tell any more. For channels that deliver in jobs of their own.
        """
        reader = await self._reader(account_id)
        if reader is None:
            return None
        by_address = isinstance(channel, PreferredChannel) and channel.by_address
        address = reader.login.email if by_address and reader.login is not None else ""
        if by_address and not address:
            return None
        paused = paused_key(account_id, channel.name)
        pauses = await self._ports.storage.values(STORE, paused)
        if is_paused(pauses.get(paused), address):
            return None
        told = await self._told(account_id, ids)
        if isinstance(channel, PreferredChannel):
            wanted = await self._frequencies(account_id, (channel,))
            kinds = wanted[channel.name]
            told = [each for each in told if kinds[each.kind] is not Frequency.NEVER]
        if not told:
            return None
        message = self._compose(reader, told, reference)
        if isinstance(channel, PreferredChannel):
            message = self._with_way_out(message, reader, channel, {each.kind for each in told})
        if by_address and reader.login is not None:
            confirmed = reader.login.email_confirmed_at > 0
            message = msgspec.structs.replace(message, address=address, confirmed=confirmed)
        return message

    def _chosen(self, message: Message, names: Sequence[str]) -> Sequence[str]:
        for rule in self._site.contributions.routing_rules:
            try:
                chosen = rule.route(message, names)
            except Exception:
                logger.exception("The routing rule %r failed", rule)
                continue
            if chosen is not None:
                return tuple(dict.fromkeys(name for name in chosen if name in names))
        return ()

    async def _reader(self, account_id: int) -> Reader | None:
        """Whom it is for; None where there is nobody to tell any more."""
        accounts = self._ports.storage.accounts
        account = await accounts.get(account_id)
        if account is None or account.state not in _SHOWN:
            return None
        return Reader(account=account, login=await accounts.login_of(account_id))

    async def _told(self, account_id: int, ids: Sequence[int]) -> list[NotificationEntry]:
        """Those that are still to be told: what the list shows and nobody has read."""
        await read_face(self._ports)
        found = await self._ports.storage.notifications.several(account_id, ids)
        return [each for each in found if each.unread]

    async def _frequencies(
        self, account_id: int, channels: Iterable[Channel]
    ) -> dict[str, dict[NotificationKind, Frequency]]:
        """When the account wants to hear of each kind, by channel; only those that have preferences."""
        preferred = [each for each in channels if isinstance(each, PreferredChannel)]
        if not preferred:
            return {}
        chosen = await self._ports.storage.deliveries.preferences(account_id)
        return {each.name: frequencies_of(each.name, each.defaults, chosen) for each in preferred}

    def _compose(self, reader: Reader, told: Sequence[NotificationEntry], reference: str) -> Message:
        title = known_face(self._ports).title
        return compose(reader, told, base_url=self._site.public_url, site_title=title, reference=reference)

    def _with_way_out(
        self, message: Message, reader: Reader, channel: PreferredChannel, kinds: set[NotificationKind]
    ) -> Message:
        say = translations(reader.locale)
        settings = self._links.page(SETTINGS_PATH)
        why = say.gettext(WHY).format(name=reader.account.username, site=message.site_title)
        return msgspec.structs.replace(
            message,
            notes=(why, say.gettext(SETTINGS).format(url=settings)),
            unsubscribe_url=self._links.unsubscribe(reader.account.id, channel.name, kinds),
            unsubscribe=say.gettext(UNSUBSCRIBE),
        )

    def _delivery(self, channel: str, account_id: int, ids: tuple[int, ...]) -> Job:
        now = self._ports.clock.now()
        what = Delivery(channel=channel, account_id=account_id, notification_ids=ids)
        return Job(
            id=self._ports.ids.at(now),
            kind=DELIVER_JOB,
            key=f"{ids[0]}:{channel}",
            payload=msgspec.json.encode(what),
            due_at=now,
            created_at=now,
        )

    def _gathering(self, channel: PreferredChannel, frequency: Frequency, event: NotificationCreated) -> Job:
        """The job that ends the waiting: one for each notification of a fold, one for each digest."""
        now = self._ports.clock.now()
        if frequency is Frequency.AT_ONCE:
            due, moment = now + round(channel.fold_seconds * 1000), event.notification_id
        else:
            due = moment = next_digest(now + GRACE, channel.digest_hour, weekly=frequency is Frequency.WEEKLY)
        what = Gathering(channel=channel.name, account_id=event.account_id, frequency=frequency)
        return Job(
            id=self._ports.ids.at(now),
            kind=GATHER_JOB,
            key=f"{event.account_id}:{channel.name}:{frequency}:{moment}",
            payload=msgspec.json.encode(what),
            due_at=due,
            created_at=now,
        )


def next_digest(after: int, hour: int, *, weekly: bool) -> int:
    """The first moment later than `after` at which digests are sent, in Unix milliseconds: at this hour of
    the day in UTC, weekly ones on Mondays.
    """
    every, start = (7 * DAY, MONDAY * DAY) if weekly else (DAY, 0)
    first = start + hour * HOUR
    return first + ((after - first) // every + 1) * every
