"""Web hooks: add a target, pause it, let it try again, give it a new secret, remove it, try it out.

Each is for the actor's own targets, or for the site's. Telling them is not done here.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from microblog_core.domain.errors import Conflict, Invalid, NotFound
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.timelines import Page
from microblog_core.domain.webhooks import (
    PING,
    WEBHOOK_JOB,
    WEBHOOKS_MAX,
    Webhook,
    WebhookDelivery,
    WebhookState,
    check_site_events,
    check_webhook_url,
    new_secret,
)
from microblog_core.patterns.decorators import audited, authorised, rate_limited, retried
from microblog_core.ports import operations as ops
from microblog_core.ports.context import Ports

DELIVERIES_LOOKED_AT = 80

C = TypeVar("C", "AddWebhook", "WebhookCommand")
R = TypeVar("R")
UseCase = Callable[[Ports, Actor, C], Awaitable[R]]


class AddWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is to be told. With `site` it is one of the site's, told of `events`, all if empty."""

    url: str
    site: bool = False
    events: tuple[str, ...] = ()


class WebhookCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which target: of the actor's own, or with `site` of the site's."""

    webhook_id: int
    site: bool = False


class WaitingDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a target of the site has not been told of yet, or could not be."""

    job: ops.Job
    what: WebhookDelivery


class ListWebhooks(msgspec.Struct, frozen=True, kw_only=True):
    """Whose targets: the actor's own, or with `site` the site's."""

    site: bool = False


def _audited_for_site(
    action: str, subject: Callable[[Any], object]
) -> Callable[[UseCase[C, R]], UseCase[C, R]]:
    """Write a line of the audit log where it is about one of the site's targets; the own are nobody else's
    business.
    """

    def decorate(use_case: UseCase[C, R]) -> UseCase[C, R]:
        written = audited(action, subject)(use_case)

        @functools.wraps(use_case)
        async def run(ports: Ports, actor: Actor, command: C) -> R:
            return await (written if command.site else use_case)(ports, actor, command)

        return run

    return decorate


async def list_webhooks(ports: Ports, actor: Actor, command: ListWebhooks) -> tuple[Webhook, ...]:
    """The targets, oldest first."""
    return tuple(await ports.storage.webhooks.of(_owner(ports, actor, command.site)))


@authorised("webhooks.manage")
async def list_deliveries(ports: Ports, actor: Actor) -> tuple[WaitingDelivery, ...]:
    """What the site's targets have not been told: what failed for good, then what waits, newest first; of
    the newest `DELIVERIES_LOOKED_AT` of each.
    """
    own = {target.id for target in await ports.storage.webhooks.of(None)}
    page, found = Page(limit=DELIVERIES_LOOKED_AT), []
    for state in ("dead", "queued"):
        for job in (await ports.storage.queue.page(state, page, kind=WEBHOOK_JOB)).items:
            what = msgspec.json.decode(job.payload, type=WebhookDelivery)
            if what.webhook_id in own:
                found.append(WaitingDelivery(job=job, what=what))
    return tuple(found)


async def count_lost(ports: Ports, actor: Actor) -> int:
    """How many of the actor's targets were given up, because they failed for too long or want no more."""
    lost = (WebhookState.FAILING, WebhookState.GONE)
    own = await ports.storage.webhooks.of(require_account(actor).id)
    return sum(1 for each in own if each.state in lost)


@rate_limited("webhooks", limit=60, per=3600)
@retried("id")
@_audited_for_site("webhook.added", lambda command: command.url)
async def add_webhook(ports: Ports, actor: Actor, command: AddWebhook) -> Webhook:
    """Tell this address, too; the answer holds its secret. Raises `Invalid` (fields `url`, `events`)."""
    owner = _owner(ports, actor, command.site)
    now = ports.clock.now()
    made = Webhook(
        id=ports.ids.at(now),
        account_id=owner,
        url=check_webhook_url(command.url, ports.limits.targets),
        secret=new_secret(),
        events=check_site_events(command.events) if command.site else (),
        created_at=now,
    )
    unit = ports.unit()
    unit.apply(ops.AddWebhook(webhook=made))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "limit":
            problem = f"You have {WEBHOOKS_MAX} web hooks already. Remove one first."
            raise Invalid(fields={"url": problem}) from conflict
        if conflict.guard == "exists":
            raise _gone() from conflict
        raise
    return made


@rate_limited("webhooks", limit=60, per=3600)
@_audited_for_site("webhook.rotated", lambda command: command.webhook_id)
async def rotate_webhook(ports: Ports, actor: Actor, command: WebhookCommand) -> Webhook:
    """Give the target a new secret; for a day the one before signs too. Raises `NotFound`."""
    owner = _owner(ports, actor, command.site)
    await _commit(
        ports,
        ops.RotateWebhook(
            webhook_id=command.webhook_id, account_id=owner, secret=new_secret(), at=ports.clock.now()
        ),
    )
    return await _own(ports, command.webhook_id, owner)


@_audited_for_site("webhook.paused", lambda command: command.webhook_id)
async def pause_webhook(ports: Ports, actor: Actor, command: WebhookCommand) -> None:
    """Tell the target nothing for now; what happens meanwhile is not told later. Raises `NotFound`."""
    await _set_state(ports, actor, command, WebhookState.PAUSED)


@_audited_for_site("webhook.resumed", lambda command: command.webhook_id)
async def resume_webhook(ports: Ports, actor: Actor, command: WebhookCommand) -> None:
    """Tell the target again, whatever had stopped that. Raises `NotFound`."""
    await _set_state(ports, actor, command, WebhookState.ACTIVE)


@_audited_for_site("webhook.removed", lambda command: command.webhook_id)
async def remove_webhook(ports: Ports, actor: Actor, command: WebhookCommand) -> None:
    """Forget the target; one that is gone changes nothing."""
    owner = _owner(ports, actor, command.site)
    await _commit(ports, ops.DeleteWebhook(webhook_id=command.webhook_id, account_id=owner))


@rate_limited("webhook_pings", limit=30, per=3600)
@_audited_for_site("webhook.tested", lambda command: command.webhook_id)
async def ping_webhook(ports: Ports, actor: Actor, command: WebhookCommand) -> None:
    """Queue a message that says nothing but that it works. Raises `NotFound`, `Invalid` (it is paused)."""
    owner = _owner(ports, actor, command.site)
    found = await _own(ports, command.webhook_id, owner)
    if found.state is not WebhookState.ACTIVE:
        raise Invalid("This web hook is paused.", hint="Let it go on first.")
    now = ports.clock.now()
    event_id = ports.ids.at(now)
    unit = ports.unit()
    what = WebhookDelivery(webhook_id=found.id, type=PING, at=now, event_id=event_id, account_id=owner)
    unit.outbox.add(delivery_job(ports, what))
    await unit.commit()


def delivery_job(ports: Ports, what: WebhookDelivery) -> ops.Job:
    """The job that tells a target of one thing, once."""
    now = ports.clock.now()
    return ops.Job(
        id=ports.ids.at(now),
        kind=WEBHOOK_JOB,
        key=f"{what.webhook_id}:{what.event_id}",
        payload=msgspec.json.encode(what),
        due_at=now,
        created_at=now,
    )


async def _set_state(ports: Ports, actor: Actor, command: WebhookCommand, state: WebhookState) -> None:
    owner = _owner(ports, actor, command.site)
    await _commit(ports, ops.SetWebhookState(webhook_id=command.webhook_id, account_id=owner, state=state))


async def _own(ports: Ports, webhook_id: int, owner: int | None) -> Webhook:
    found = await ports.storage.webhooks.get(webhook_id)
    if found is None or found.account_id != owner:
        raise _gone()
    return found


async def _commit(ports: Ports, operation: ops.Operation) -> None:
    unit = ports.unit()
    unit.apply(operation)
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "exists":
            raise
        raise _gone() from conflict


def _owner(ports: Ports, actor: Actor, site: bool) -> int | None:
    """Whose targets these are; raises `Forbidden`, `Unauthenticated`."""
    ports.authoriser.check(actor, "webhooks.manage" if site else "account.write")
    return None if site else require_account(actor).id


def _gone() -> NotFound:
    return NotFound("There is no such web hook.")
