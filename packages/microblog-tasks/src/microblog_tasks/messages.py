"""What is sent through a broker: an invitation to begin a claimed job. The job itself stays in the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from taskiq import AsyncBroker, BrokerMessage, TaskiqMessage, TaskiqMiddleware
from taskiq.abc.formatter import TaskiqFormatter
from taskiq.utils import maybe_awaitable

from microblog_core.ports.operations import Job
from microblog_tasks.contributions import Backlog

TASK = "microblog.job"


class _Wire(msgspec.Struct, array_like=True):
    """A message of taskiq as MessagePack."""

    task_id: str
    task_name: str
    labels: dict[str, Any]
    labels_types: dict[str, int] | None
    args: list[Any]
    kwargs: dict[str, Any]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)


class Formatter(TaskiqFormatter):
    """Messages as MessagePack. They come from our own processes: nothing is validated twice."""

    def dumps(self, message: TaskiqMessage) -> BrokerMessage:
        """Encode a message."""
        wire = _Wire(
            message.task_id,
            message.task_name,
            message.labels,
            message.labels_types,
            message.args,
            message.kwargs,
        )
        return BrokerMessage.model_construct(
            task_id=message.task_id,
            task_name=message.task_name,
            message=_encoder.encode(wire),
            labels=message.labels,
        )

    def loads(self, message: bytes) -> TaskiqMessage:
        """Decode a message. Raises `msgspec.MsgspecError`."""
        wire = _decoder.decode(message)
        return TaskiqMessage.model_construct(**msgspec.structs.asdict(wire))


def invitation(site: str, job: Job) -> TaskiqMessage:
    """The message for a job that was claimed and not begun. It names the claim, so that it is worth nothing
    once somebody has begun the job or claimed it anew.
    """
    return TaskiqMessage.model_construct(
        task_id=f"{site}.{job.id}.{job.attempts}",
        task_name=TASK,
        labels={},
        labels_types=None,
        args=[site, job.id, job.kind, job.attempts, job.lease_until],
        kwargs={},
    )


def invited(job_id: int, kind: str, attempts: int, lease_until: int) -> Job:
    """The claim that a message names; what it doesn't say is read when the job is begun."""
    return Job(
        id=job_id,
        kind=kind,
        key="",
        payload=b"",
        due_at=0,
        created_at=0,
        attempts=attempts,
        lease_until=lease_until,
    )


async def send(broker: AsyncBroker, messages: Sequence[TaskiqMessage]) -> None:
    """Send messages, past the middlewares that watch this. Raises what they and the broker raise."""
    before = [each for each in broker.middlewares if type(each).pre_send is not TaskiqMiddleware.pre_send]
    after = [each for each in broker.middlewares if type(each).post_send is not TaskiqMiddleware.post_send]
    sent = list(messages)
    for middleware in before:
        sent = [await maybe_awaitable(middleware.pre_send(message)) for message in sent]
    encoded = [broker.formatter.dumps(message) for message in sent]
    if isinstance(broker, Backlog):
        await broker.kick_many(encoded)
    else:
        await asyncio.gather(*(broker.kick(message) for message in encoded))
    for middleware in reversed(after):
        for message in sent:
            await maybe_awaitable(middleware.post_send(message))
