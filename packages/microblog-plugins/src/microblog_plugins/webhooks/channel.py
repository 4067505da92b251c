"""The channel `webhooks` tells the targets of people, one job for each target and notification; the same jobs
tell those of the site.

What is told is read when it is told. A target that hangs or fails is tried again for three days, by jobs
of its own; it keeps neither other targets nor other jobs from anything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from microblog_core import __version__
from microblog_core.domain.deliveries import ALL_AT_ONCE, AT_ONCE_OR_NEVER, Frequency
from microblog_core.domain.errors import Conflict
from microblog_core.domain.events import (
    AccountCreated,
    Event,
    PostDeleted,
    PostEdited,
    PostPublished,
    ReportCreated,
)
from microblog_core.domain.notifications import Message, NotificationKind
from microblog_core.domain.posts import OPEN_VISIBILITIES
from microblog_core.domain.webhooks import (
    ERROR_LENGTH,
    PING,
    WEBHOOKS,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from microblog_core.patterns.admission import Refused
from microblog_core.patterns.outgoing import Answer, ForbiddenTarget, Outgoing, ServerFailed
from microblog_core.patterns.resources import Lazy
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job, RecordWebhook
from microblog_core.ports.queue import RetryPolicy
from microblog_core.runtime.current import end_current_job
from microblog_core.runtime.notify import Notifier
from microblog_core.services.webhooks import delivery_job
from microblog_plugins.webhooks import bodies
from microblog_plugins.webhooks.verify import ID, SIGNATURE, TIMESTAMP, sign

if TYPE_CHECKING:
    from microblog_core.site import Site

RETRY = RetryPolicy(tries=100, first_delay=5.0, max_delay=6 * 3600.0)
"""To be told to come back counts as a try, so there are many."""
GIVE_UP_MILLISECONDS = 3 * 24 * 3600 * 1000
GONE = 410

logger = logging.getLogger("microblog.webhooks")

_PUBLIC = {str(level) for level in OPEN_VISIBILITIES}


class WebhookChannel:
    """Tells the targets of an account. A `ports.channels.ReachingChannel`."""

    name = WEBHOOKS
    label = "Web hooks"
    by_address = False
    defaults: Mapping[NotificationKind, Frequency] = ALL_AT_ONCE
    frequencies = AT_ONCE_OR_NEVER
    fold_seconds = 0.0
    digest_hour = 7

    def __init__(self, site: Site, outgoing: Lazy[Outgoing]) -> None:
        self._site = site
        self._outgoing = outgoing
        self._notifier = Notifier(site)

    @property
    def _ports(self) -> Ports:
        return self._site.ports

    async def reaches(self, account_id: int) -> bool:
        """Whether the account has a target that is told."""
        return bool(await self._told(account_id))

    async def deliver(self, message: Message, *, key: str) -> None:
        """Queue what the message tells for each target; the job that runs ends in the same transaction."""
        await self._queue(
            WebhookDelivery(
                webhook_id=target.id,
                type=f"notification.{item.kind}",
                at=item.created_at,
                event_id=item.id,
                account_id=message.account_id,
                subject_id=item.post_id or 0,
            )
            for target in await self._told(message.account_id)
            for item in message.items
        )

    async def observe(self, event: Event) -> None:
        """Queue a public event for each target of the site that wants it (durable subscriber)."""
        said = _said(event)
        if said is None:
            return
        what, subject_id, account_id = said
        await self._queue(
            WebhookDelivery(
                webhook_id=target.id,
                type=what,
                at=event.at,
                event_id=event.id,
                account_id=account_id,
                subject_id=subject_id,
            )
            for target in await self._told(None)
            if not target.events or what in target.events
        )

    async def send(self, job: Job) -> None:
        """Tell one target of one thing, if there still is something to tell, and remember what came of it.
        Raises `Temporary` where it is to be tried again.
        """
        what = msgspec.json.decode(job.payload, type=WebhookDelivery)
        target = await self._ports.storage.webhooks.get(what.webhook_id)
        if target is None or target.state is not WebhookState.ACTIVE:
            return
        if self._ports.clock.now() > job.created_at + GIVE_UP_MILLISECONDS:
            if target.account_id is None:
                raise Permanent(f"The target {target.id} of the site took nothing: {job.error}")
            # Its owner sees that it fails; the operator has nothing to mend.
            logger.info("Gave up telling the web hook %s: %s", target.id, job.error)
            return
        data = await self._data(target, what)
        if data is None:
            return
        try:
            answer = await self._post(target, what, bodies.encode(what, data))
        except ForbiddenTarget as never:
            await self._record(target, 0, never.message, WebhookState.FAILING)
        except Temporary as failure:
            # One that is left alone for now was not asked: that says nothing new about it.
            if not isinstance(failure.__cause__, Refused):
                status = failure.status if isinstance(failure, ServerFailed) else 0
                await self._record(target, status, failure.message)
            raise
        else:
            await self._judge(target, answer)

    async def check(self) -> None:
        """Raises where a target of the site was given up."""
        ended = (WebhookState.FAILING, WebhookState.GONE)
        lost = [each.url for each in await self._ports.storage.webhooks.of(None) if each.state in ended]
        if lost:
            raise Temporary(f"{len(lost)} web hooks of the site are told nothing any more.")

    async def _told(self, account_id: int | None) -> list[Webhook]:
        found = await self._ports.storage.webhooks.of(account_id)
        return [each for each in found if each.state is WebhookState.ACTIVE]

    async def _queue(self, wanted: Iterable[WebhookDelivery]) -> None:
        unit = self._ports.unit()
        jobs = [delivery_job(self._ports, what) for what in wanted]
        if not jobs:
            return
        for job in jobs:
            unit.outbox.add(job)
        end_current_job(unit)
        try:
            await unit.commit()
        except Conflict as conflict:
            # Somebody else has ended this job since, and queued the same.
            if conflict.guard != "exists":
                raise

    async def _data(self, target: Webhook, what: WebhookDelivery) -> bodies.Data | None:
        if target.account_id is None or what.type == PING:
            return await bodies.of_site(self._ports, self._site.public_url, what)
        message = await self._notifier.message(self, target.account_id, (what.event_id,), "")
        return None if message is None else bodies.notification(message, message.items[0])

    async def _post(self, target: Webhook, what: WebhookDelivery, body: bytes) -> Answer:
        now = self._ports.clock.now()
        # The same for every try, so that who receives it twice knows.
        message_id, timestamp = f"msg_{target.id}_{what.event_id}", now // 1000
        signatures = [sign(secret, message_id, timestamp, body) for secret in target.secrets(now)]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Microblog/{__version__}",
            ID: message_id,
            TIMESTAMP: str(timestamp),
            SIGNATURE: " ".join(signatures),
        }
        outgoing = await self._outgoing.get()
        return await outgoing.post(target.url, headers=headers, content=body)

    async def _judge(self, target: Webhook, answer: Answer) -> None:
        status = answer.status
        if 200 <= status < 300:
            await self._record(target, status, "")
        elif status == GONE:
            await self._record(target, status, "It said 410: it wants no more.", WebhookState.GONE)
        else:
            moved = " Redirects are not followed." if 300 <= status < 400 else ""
            problem = f"It said {status}.{moved}"
            await self._record(target, status, problem)
            raise Temporary(f"The target {target.id}: {problem}", retry_after=answer.retry_after)

    async def _record(
        self, target: Webhook, status: int, error: str, becomes: WebhookState | None = None
    ) -> None:
        unit = self._ports.unit()
        unit.apply(
            RecordWebhook(
                webhook_id=target.id,
                at=self._ports.clock.now(),
                status=status,
                error=error[:ERROR_LENGTH],
                becomes=becomes,
            )
        )
        await unit.commit()


def _said(event: Event) -> tuple[str, int, int | None] | None:
    """What an event is called outside, its subject and the account it is by; None for what isn't public."""
    if isinstance(event, PostPublished | PostEdited | PostDeleted):
        if event.visibility not in _PUBLIC:
            return None
        names = {PostPublished: "post.created", PostEdited: "post.edited", PostDeleted: "post.deleted"}
        return names[type(event)], event.post_id, event.account_id
    if isinstance(event, AccountCreated):
        return "account.created", event.account_id, event.account_id
    if isinstance(event, ReportCreated):
        return "report.created", event.report_id, None
    return None


TOLD = (PostPublished, PostEdited, PostDeleted, AccountCreated, ReportCreated)
"""The events that targets of the site may be told of."""
