"""Scheduled posts: schedule, list, move, cancel, and publish when their time has come.

A post waits as the command that publishes it. What it may say and who it answers is checked now and again at
its time. The post and the end of the waiting are one transaction, so that it is published once, however often
the job runs; what can't be published keeps waiting with the reason, for its author to move or cancel.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.errors import Conflict, DomainError, Invalid, NotFound, RateLimited
from microblog_core.domain.media import Attachment
from microblog_core.domain.permissions import Actor, require_account
from microblog_core.domain.scheduled import DAY_MAX, TOTAL_MAX, ScheduledPost, check_scheduled_at
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import (
    authorised,
    idempotent,
    rate_limited,
    remember,
    retried,
)
from microblog_core.ports.channels import Temporary
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import (
    AddScheduledPost,
    DeleteScheduledPost,
    FailScheduledPost,
    Job,
    MoveScheduledPost,
)
from microblog_core.ports.unit import UnitOfWork
from microblog_core.services.posts import PublishPost, check_publishable, publish_post

SCHEDULED_JOB = "posts.publish_scheduled"

_FULL = {
    "scheduled_total": f"At most {TOTAL_MAX} posts may wait. Cancel one first.",
    "scheduled_day": f"At most {DAY_MAX} posts may wait for one day. Choose another one.",
}


class SchedulePost(msgspec.Struct, frozen=True, kw_only=True):
    """Publish `post` at `scheduled_at` (Unix milliseconds), at least five minutes from now."""

    post: PublishPost
    scheduled_at: int

    @property
    def idempotency_key(self) -> str:
        """That of the post."""
        return self.post.idempotency_key


class MovePost(msgspec.Struct, frozen=True, kw_only=True):
    """Publish a scheduled post at another time."""

    scheduled_id: int
    scheduled_at: int


class CancelPost(msgspec.Struct, frozen=True, kw_only=True):
    """Never publish a scheduled post."""

    scheduled_id: int


class Due(msgspec.Struct, frozen=True):
    """The payload of `SCHEDULED_JOB`. A post that was moved has a job for each of its times; one of them
    counts.
    """

    scheduled_id: int
    scheduled_at: int


def command_of(scheduled: ScheduledPost) -> PublishPost:
    """The command that waits; fields that this version does not know are left out."""
    return msgspec.json.decode(scheduled.params, type=PublishPost)


async def _loaded(ports: Ports, actor: Actor, scheduled_id: int) -> ScheduledPost:
    return await read_scheduled_post(ports, actor, scheduled_id)


@authorised("posts.write")
@idempotent(_loaded)
@rate_limited("publish", limit=300, per=3 * 3600)
@retried("id")
async def schedule_post(ports: Ports, actor: Actor, command: SchedulePost) -> ScheduledPost:
    """Let a post wait for its time.

    Raises `Invalid` (field `scheduled_at`: too near, too far, too many; and those of `publish_post`),
    `RateLimited`.
    """
    account, now = require_account(actor), ports.clock.now()
    check_scheduled_at(command.scheduled_at, now)
    await check_publishable(ports, actor, command.post)
    scheduled = ScheduledPost(
        id=ports.ids.at(now),
        account_id=account.id,
        scheduled_at=command.scheduled_at,
        params=msgspec.json.encode(msgspec.structs.replace(command.post, idempotency_key="")).decode(),
        created_at=now,
    )
    unit = ports.unit()
    unit.apply(AddScheduledPost(scheduled=scheduled, media_ids=command.post.media_ids))
    unit.outbox.add(_due_job(ports, scheduled, now))
    remember(unit, account.id, command.idempotency_key, scheduled.id, now)
    await _commit(unit)
    return scheduled


def _due_job(ports: Ports, scheduled: ScheduledPost, now: int) -> Job:
    due = Due(scheduled.id, scheduled.scheduled_at)
    return Job(
        id=ports.ids.at(now),
        kind=SCHEDULED_JOB,
        key=f"{due.scheduled_id}:{due.scheduled_at}",
        payload=msgspec.json.encode(due),
        due_at=due.scheduled_at,
        created_at=now,
    )


async def _commit(unit: UnitOfWork) -> None:
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard in _FULL:
            raise Invalid(fields={"scheduled_at": _FULL[conflict.guard]}) from conflict
        if conflict.guard == "media":
            raise Invalid(fields={"media_ids": "One of the pictures can't be used any more."}) from conflict
        if conflict.guard in ("exists", "scheduled"):
            raise NotFound("This post does not wait any more.") from conflict
        raise


@authorised("posts.write")
async def read_scheduled_posts(ports: Ports, actor: Actor, page: Page) -> Listing[ScheduledPost]:
    """What of the actor waits, newest first."""
    return await ports.storage.scheduled.page(require_account(actor).id, page)


async def read_scheduled_media(
    ports: Ports, scheduled: Sequence[ScheduledPost]
) -> dict[int, tuple[Attachment, ...]]:
    """The pictures that wait with these posts, by the id of the post."""
    wanted = {each.id: command_of(each).media_ids for each in scheduled}
    every = tuple(dict.fromkeys(media_id for media_ids in wanted.values() for media_id in media_ids))
    found = {each.id: each for each in await ports.storage.media.some(every)} if every else {}
    return {
        waiting: tuple([found[media_id] for media_id in media_ids if media_id in found])
        for waiting, media_ids in wanted.items()
    }


@authorised("posts.write")
async def read_scheduled_post(ports: Ports, actor: Actor, scheduled_id: int) -> ScheduledPost:
    """One of the actor's posts that wait. Raises `NotFound`."""
    scheduled = await ports.storage.scheduled.get(scheduled_id)
    if scheduled is None or scheduled.account_id != require_account(actor).id:
        raise NotFound("This post does not wait any more.")
    return scheduled


@authorised("posts.write")
async def move_scheduled_post(ports: Ports, actor: Actor, command: MovePost) -> ScheduledPost:
    """Publish it at another time. Raises `NotFound`, `Invalid` (field `scheduled_at`)."""
    scheduled, now = await read_scheduled_post(ports, actor, command.scheduled_id), ports.clock.now()
    check_scheduled_at(command.scheduled_at, now)
    moved = msgspec.structs.replace(scheduled, scheduled_at=command.scheduled_at, error="")
    unit = ports.unit()
    unit.apply(MoveScheduledPost(id=moved.id, account_id=moved.account_id, scheduled_at=moved.scheduled_at))
    unit.outbox.add(_due_job(ports, moved, now))
    await _commit(unit)
    return moved


@authorised("posts.write")
async def cancel_scheduled_post(ports: Ports, actor: Actor, command: CancelPost) -> ScheduledPost:
    """Never publish it; what waited. Raises `NotFound`."""
    scheduled = await read_scheduled_post(ports, actor, command.scheduled_id)
    unit = ports.unit()
    now = ports.clock.now()
    unit.apply(DeleteScheduledPost(id=scheduled.id, account_id=scheduled.account_id, released_at=now))
    await _commit(unit)
    return scheduled


async def publish_scheduled(ports: Ports, job: Job) -> None:
    """Publish a post whose time has come, as its author with the rights of now (the job `SCHEDULED_JOB`).

    Raises what may pass (`Temporary`, `Unavailable`), so that the job is tried again; any other refusal is
    kept with the post.
    """
    due = msgspec.json.decode(job.payload, type=Due)
    scheduled = await ports.storage.scheduled.get(due.scheduled_id)
    if scheduled is None or scheduled.scheduled_at != due.scheduled_at:
        return
    account = await ports.storage.accounts.get(scheduled.account_id)
    ending = DeleteScheduledPost(
        id=scheduled.id,
        account_id=scheduled.account_id,
        scheduled_at=scheduled.scheduled_at,
        released_at=ports.clock.now(),
    )
    command = msgspec.structs.replace(command_of(scheduled), scheduled_id=scheduled.id)
    try:
        await publish_post(ports.having(ending), Actor(account=account), command)
    except RateLimited as limited:
        raise Temporary(str(limited), retry_after=limited.retry_after) from limited
    except Conflict as conflict:
        if conflict.guard != "scheduled":
            raise
    except DomainError as refused:
        unit = ports.unit()
        unit.apply(
            FailScheduledPost(id=scheduled.id, scheduled_at=scheduled.scheduled_at, error=str(refused))
        )
        await unit.commit()
