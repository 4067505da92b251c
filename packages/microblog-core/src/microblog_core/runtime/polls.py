"""The job `polls.end`: the author and everybody who voted are told, some hundred at a time.

Each part, the job for the next one and a key that says that it was done are one transaction: a job that runs
again tells nobody twice.
"""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Conflict
from microblog_core.domain.notifications import NotificationKind
from microblog_core.patterns.decorators import stored_key
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddIdempotencyKey, Job
from microblog_core.services.notifications import notify
from microblog_core.services.polls import EndedPoll, end_job

CHUNK = 200


async def end_poll(ports: Ports, job: Job) -> None:
    """Tell some voters (first the author, too); queue the next part if there may be more."""
    ended = msgspec.json.decode(job.payload, type=EndedPoll)
    found = await ports.storage.polls.whose(ended.poll_id)
    if found is None:
        return
    author_id, post_id = found
    voters = await ports.storage.polls.voters(ended.poll_id, ended.after, CHUNK)
    now = ports.clock.now()
    unit = ports.unit()
    unit.apply(
        AddIdempotencyKey(
            account_id=author_id,
            key=stored_key(f"{job.kind}:{job.key}"),
            result_id=ended.poll_id,
            created_at=now,
        )
    )
    told = [account_id for _, account_id in voters]
    for receiver in (author_id, *told) if ended.after == 0 else told:
        notify(ports, unit, receiver, NotificationKind.POLL, author_id, post_id, now, own=True)
    if len(voters) == CHUNK:
        unit.outbox.add(end_job(ports, EndedPoll(ended.poll_id, voters[-1][0]), now, now))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard != "key":
            raise
