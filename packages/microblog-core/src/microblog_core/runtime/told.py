"""The job `notifications.status`: tell the followers who want to be told of each post, a chunk at a time.

Each chunk, its end and the job for the next one are one transaction. What is told a second time replaces the
first, so a process that dies tells nobody twice.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.notifications import NotificationKind
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.runtime.current import end_current_job
from microblog_core.services.notifications import notify
from microblog_core.services.telling import STATUS_JOB, ToldPayload

CHUNK = 100
"""Followers told in one transaction."""


async def tell_followers(ports: Ports, job: Job) -> None:
    """Tell one chunk of followers of a new post; queue the next if there may be more."""
    payload = msgspec.json.decode(job.payload, type=ToldPayload)
    entry = await ports.storage.posts.get(payload.author_id, payload.post_id)
    followers = await ports.storage.relations.notified_ids(payload.author_id, payload.after, CHUNK)
    if entry is None or not followers:
        return
    now, unit = ports.clock.now(), ports.unit()
    named = {mention.account_id for mention in entry.post.mentions}
    for _, follower in followers:
        if follower not in named:
            unit.notifications.delete(follower, NotificationKind.STATUS, payload.author_id, entry.post.id)
            notify(ports, unit, follower, NotificationKind.STATUS, payload.author_id, entry.post.id, now)
    if len(followers) == CHUNK:
        last = followers[-1][0]
        unit.outbox.add(
            Job(
                id=ports.ids.at(now),
                kind=STATUS_JOB,
                key=f"{payload.post_id}:{last}",
                payload=msgspec.json.encode(msgspec.structs.replace(payload, after=last)),
                due_at=now,
                created_at=now,
            )
        )
        end_current_job(unit)
    await unit.commit()
