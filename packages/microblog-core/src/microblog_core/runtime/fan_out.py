"""The job `timelines.fan_out`: home rows for the followers of somebody with many, a chunk at a time.

Each chunk, its end and the job for the next one are one transaction, so a process that dies or is overtaken
repeats one chunk at most, and rows that are there already stay.
"""

from __future__ import annotations

import msgspec

from microblog_core.defaults.timelines import FAN_OUT_JOB, FanOutPayload
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddHomeRows, Job
from microblog_core.runtime.current import end_current_job

CHUNK = 500
"""Followers served in one transaction."""


async def fan_out(ports: Ports, job: Job) -> None:
    """Write one chunk of home rows; queue the next if there may be more."""
    payload = msgspec.json.decode(job.payload, type=FanOutPayload)
    followers = await ports.storage.relations.follower_ids(payload.author_id, payload.after, CHUNK)
    if not followers:
        return
    unit = ports.unit()
    unit.apply(
        AddHomeRows(
            post_id=payload.post_id,
            author_id=payload.author_id,
            account_ids=tuple(account_id for _, account_id in followers),
        )
    )
    if len(followers) == CHUNK:
        now, last = ports.clock.now(), followers[-1][0]
        unit.outbox.add(
            Job(
                id=ports.ids.at(now),
                kind=FAN_OUT_JOB,
                key=f"{payload.post_id}:{last}",
                payload=msgspec.json.encode(msgspec.structs.replace(payload, after=last)),
                due_at=now,
                created_at=now,
            )
        )
        end_current_job(unit)
    await unit.commit()
