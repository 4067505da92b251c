"""The channel `webpush`: one push for each subscription of an app that asked for it.

A delivery becomes one job for each subscription, so that a push service that fails or hangs keeps no other
from being told, and none is told twice. What a job says is read anew when it runs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.deliveries import ALL_AT_ONCE, AT_ONCE_OR_NEVER, Frequency
from microblog_core.domain.errors import Conflict
from microblog_core.domain.notifications import Message, MessageItem, NotificationKind
from microblog_core.domain.push import TOKEN_PURPOSE, PushPolicy, PushSubscription
from microblog_core.patterns.outgoing import Answer, ForbiddenTarget, Outgoing
from microblog_core.patterns.resources import Lazy
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import DeletePushSubscription, Job
from microblog_core.ports.queue import RetryPolicy
from microblog_core.runtime.current import end_current_job
from microblog_core.runtime.notify import Notifier
from microblog_core.services.push import read_push_key
from microblog_plugins.webpush.encryption import PLAIN_MAX, aes128gcm, aesgcm, from_b64
from microblog_plugins.webpush.payload import TYPES, payload_of, topic_of
from microblog_plugins.webpush.sealed import token_of
from microblog_plugins.webpush.settings import WebPushSettings
from microblog_plugins.webpush.vapid import Signer

if TYPE_CHECKING:
    from microblog_core.site import Site

NAME = "webpush"
PUSH_JOB = "webpush.push"
PUSH_RETRY = RetryPolicy(tries=100, first_delay=5.0, max_delay=4 * 3600.0)
"""Until `ttl_seconds` are over. To be told to come back counts as a try, so there are many."""
GONE = (404, 410)

logger = logging.getLogger("microblog.webpush")


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `PUSH_JOB`: tell this subscription of one notification."""

    account_id: int
    token_id: int
    subscription_id: int
    notification_id: int


class WebPushChannel:
    """Tells the apps of an account. A `ports.channels.ReachingChannel`."""

    name = NAME
    label = "Apps (push)"
    by_address = False
    defaults: Mapping[NotificationKind, Frequency] = ALL_AT_ONCE
    frequencies = AT_ONCE_OR_NEVER
    fold_seconds = 0.0
    digest_hour = 7

    def __init__(self, site: Site, settings: WebPushSettings, outgoing: Lazy[Outgoing]) -> None:
        self._site = site
        self._settings = settings
        self._outgoing = outgoing
        self._notifier = Notifier(site)
        self._signer: Signer | None = None

    @property
    def _ports(self) -> Ports:
        return self._site.ports

    async def reaches(self, account_id: int) -> bool:
        """Whether any app of the account has subscribed."""
        return bool(await self._ports.storage.push.of(account_id))

    async def deliver(self, message: Message, *, key: str) -> None:
        """Queue a push for each subscription that wants it; the job that runs ends in the same
        transaction.
        """
        unit = self._ports.unit()
        now = self._ports.clock.now()
        wanted = [
            (subscription, item)
            for subscription in await self._ports.storage.push.of(message.account_id)
            for item in message.items
            if TYPES.get(item.kind) in subscription.alerts
        ]
        for subscription, item in wanted:
            what = Push(
                account_id=message.account_id,
                token_id=subscription.token_id,
                subscription_id=subscription.id,
                notification_id=item.id,
            )
            unit.outbox.add(
                Job(
                    id=self._ports.ids.at(now),
                    kind=PUSH_JOB,
                    key=f"{subscription.id}:{item.id}",
                    payload=msgspec.json.encode(what),
                    due_at=now,
                    created_at=now,
                )
            )
        if not wanted:
            return
        end_current_job(unit)
        try:
            await unit.commit()
        except Conflict as conflict:
            # Somebody else has ended this delivery since, and queued the same.
            if conflict.guard != "exists":
                raise

    async def push(self, job: Job) -> None:
        """Send one push, if it is still wanted. Raises `Temporary`, `Permanent`."""
        what = msgspec.json.decode(job.payload, type=Push)
        if self._ports.clock.now() > job.created_at + self._settings.ttl_seconds * 1000:
            logger.info("Gave up a push to account %s: %s", what.account_id, job.error)
            return
        subscription = await self._ports.storage.push.get(what.token_id)
        if subscription is None or subscription.id != what.subscription_id:
            return
        message = await self._notifier.message(self, what.account_id, (what.notification_id,), "")
        if message is None:
            return
        (item,) = message.items
        if TYPES[item.kind] not in subscription.alerts or not await self._heard(subscription, item):
            return
        try:
            answer = await self._send(subscription, message, item)
        except (ForbiddenTarget, ValueError) as never:
            await self._end(subscription, str(never))
            return
        if answer.status in GONE:
            await self._end(subscription, f"the push service said {answer.status}")
        elif answer.status == 429:
            raise Temporary("The push service said 429.", retry_after=answer.retry_after)
        elif not 200 <= answer.status < 300:
            raise Permanent(f"The push service said {answer.status}.")

    async def _heard(self, subscription: PushSubscription, item: MessageItem) -> bool:
        """Whether the app wants to hear of whoever did this."""
        policy = subscription.policy
        if policy is PushPolicy.ALL:
            return True
        if policy is PushPolicy.NONE:
            return False
        actor = item.actor.id
        found = await self._ports.storage.relations.get(subscription.account_id, [actor])
        if policy is PushPolicy.FOLLOWED:
            return found[actor].following
        return found[actor].followed_by

    async def _send(self, subscription: PushSubscription, message: Message, item: MessageItem) -> Answer:
        token = token_of(subscription, self._site.secrets(TOKEN_PURPOSE))
        plain = payload_of(message, item, token=token, icon=self._icon(item))
        assert len(plain) <= PLAIN_MAX
        p256dh, auth = from_b64(subscription.p256dh), from_b64(subscription.auth)
        if subscription.standard:
            encrypted = aes128gcm(plain, p256dh=p256dh, auth=auth)
        else:
            encrypted = aesgcm(plain, p256dh=p256dh, auth=auth)
        signer = await self._signs()
        signed = signer.token(subscription.endpoint, now=self._ports.clock.now())
        headers = {
            "Content-Type": "application/octet-stream",
            "TTL": str(self._settings.ttl_seconds),
            "Urgency": "normal",
            **encrypted.headers,
        }
        if subscription.standard:
            headers["Authorization"] = f"vapid t={signed}, k={signer.public}"
        else:
            headers["Authorization"] = f"WebPush {signed}"
            headers["Crypto-Key"] = f"dh={encrypted.dh};p256ecdsa={signer.public}"
        topic = topic_of(item)
        if topic:
            headers["Topic"] = topic
        outgoing = await self._outgoing.get()
        return await outgoing.post(subscription.endpoint, headers=headers, content=encrypted.body)

    async def _signs(self) -> Signer:
        if self._signer is None:
            url = self._site.public_url
            contact = self._settings.contact or (url if url.startswith("https:") else "")
            self._signer = Signer(await read_push_key(self._ports), contact)
        return self._signer

    def _icon(self, item: MessageItem) -> str:
        if not item.actor.avatar:
            return ""
        url = self._ports.blobs.url(item.actor.avatar)
        return f"{self._site.public_url}{url}" if url.startswith("/") else url

    async def _end(self, subscription: PushSubscription, why: str) -> None:
        """Remove a subscription that will never work again, unless the app has made a new one meanwhile."""
        logger.info("Removed a push subscription of account %s: %s", subscription.account_id, why)
        unit = self._ports.unit()
        unit.apply(
            DeletePushSubscription(
                token_id=subscription.token_id, account_id=subscription.account_id, id=subscription.id
            )
        )
        await unit.commit()
