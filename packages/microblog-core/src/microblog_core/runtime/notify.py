"""From a notification to the channels: routing rules choose, and one job for each channel delivers.

What is delivered is read when it is delivered: a post that is gone by then, or that the receiver may no
longer see, is not sent. Mail, push and web hooks are channels of plugins; they look up the address of
`Message.account_id` themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec

from microblog_core.domain.accounts import AccountState
from microblog_core.domain.events import NotificationCreated
from microblog_core.domain.notifications import Message, NotificationKind
from microblog_core.ports.channels import AddressGone, Channel, Permanent, RoutingRule
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.runtime.current import end_current_job

DELIVER_JOB = "notifications.deliver"
STORE = "notifications"
"""Under this name the plugin store keeps which addresses are paused, as `paused:ACCOUNT:CHANNEL`."""
EXCERPT = 500

_SHOWN = (AccountState.ACTIVE, AccountState.SILENCED)
_SUBJECTS: dict[str, str] = {
    NotificationKind.MENTION: "{actor} mentioned you",
    NotificationKind.REPLY: "{actor} replied to you",
    NotificationKind.BOOST: "{actor} boosted your post",
    NotificationKind.FAVOURITE: "{actor} favourited your post",
    NotificationKind.FOLLOW: "{actor} follows you",
    NotificationKind.POLL: "A poll by {actor} has ended",
    NotificationKind.QUOTE: "{actor} quoted your post",
    NotificationKind.FOLLOW_REQUEST: "{actor} asks to follow you",
    NotificationKind.STATUS: "{actor} published a post",
}

logger = logging.getLogger(__name__)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of one delivery."""

    channel: str
    notification_id: int
    account_id: int
    kind: str
    actor_id: int
    post_id: int | None = None


class Notifier:
    """Routes and delivers one site's notifications. `channels` and `rules` are asked for when they are
    needed.
    """

    def __init__(
        self,
        ports: Callable[[], Ports],
        channels: Callable[[], Mapping[str, Channel]],
        rules: Callable[[], Sequence[RoutingRule]],
    ) -> None:
        self._ports = ports
        self._channels = channels
        self._rules = rules

    async def route(self, event: NotificationCreated) -> None:
        """Queue one delivery for each channel that the first answering rule names (durable subscriber)."""
        if not self._channels() or not self._rules():
            return
        delivery = Delivery(
            channel="",
            notification_id=event.notification_id,
            account_id=event.account_id,
            kind=event.kind,
            actor_id=event.actor_id,
            post_id=event.post_id,
        )
        message = await self._message(delivery)
        if message is None:
            return
        ports = self._ports()
        now = ports.clock.now()
        unit = ports.unit()
        for name in self._chosen(message):
            unit.outbox.add(
                Job(
                    id=ports.ids.at(now),
                    kind=DELIVER_JOB,
                    key=f"{event.notification_id}:{name}",
                    payload=msgspec.json.encode(msgspec.structs.replace(delivery, channel=name)),
                    due_at=now,
                    created_at=now,
                )
            )
        end_current_job(unit)
        await unit.commit()

    async def deliver(self, job: Job) -> None:
        """Deliver through one channel. Raises what the channel raises, but for `AddressGone`, which pauses
        it.
        """
        delivery = msgspec.json.decode(job.payload, type=Delivery)
        channel = self._channels().get(delivery.channel)
        if channel is None:
            raise Permanent(f"There is no channel {delivery.channel!r} any more.")
        ports = self._ports()
        paused = f"paused:{delivery.account_id}:{delivery.channel}"
        if await ports.storage.values(STORE, paused):
            return
        message = await self._message(delivery)
        if message is None:
            return
        try:
            await channel.deliver(message, key=f"{delivery.notification_id}:{delivery.channel}")
        except AddressGone as gone:
            logger.warning("Paused %s for account %s: %s", delivery.channel, delivery.account_id, gone)
            unit = ports.unit()
            unit.plugins.put(STORE, paused, msgspec.json.encode(ports.clock.now()))
            await unit.commit()

    def _chosen(self, message: Message) -> Sequence[str]:
        names = tuple(self._channels())
        for rule in self._rules():
            try:
                chosen = rule.route(message, names)
            except Exception:
                logger.exception("The routing rule %r failed", rule)
                continue
            if chosen is not None:
                return tuple(dict.fromkeys(name for name in chosen if name in names))
        return ()

    async def _message(self, delivery: Delivery) -> Message | None:
        """What to send; None where there is nothing to send any more."""
        storage, receiver_id = self._ports().storage, delivery.account_id
        receiver = await storage.accounts.get(receiver_id)
        actor = await storage.accounts.get(delivery.actor_id)
        if receiver is None or actor is None or receiver.state not in _SHOWN or actor.state not in _SHOWN:
            return None
        relation = (await storage.relations.get(receiver_id, (actor.id,))).get(actor.id)
        if relation is not None and (
            relation.blocking or relation.blocked_by or relation.muting_notifications
        ):
            return None
        text, path = actor.bio, f"/@{actor.acct}"
        if delivery.post_id is not None:
            entry = await storage.posts.get(receiver_id, delivery.post_id)
            if entry is None or entry.muted:
                return None
            text, path = entry.post.spoiler or entry.post.text, f"/@{entry.author.acct}/{entry.post.id}"
        base_url = self._ports().base_url
        subject = _SUBJECTS.get(delivery.kind, "{actor} did something")
        return Message(
            account_id=receiver_id,
            kind=delivery.kind,
            subject=subject.format(actor=f"{actor.name} (@{actor.acct})"),
            text=text[:EXCERPT],
            url=f"{base_url}{path}" if base_url else "",
        )
