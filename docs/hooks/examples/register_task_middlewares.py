"""Counts the messages that the worker takes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

from taskiq import TaskiqMessage, TaskiqMiddleware

from microblog_core.contributions import Manifest
from microblog_core.plugins import implements
from microblog_tasks import face, hookspecs
from microblog_tasks.broker import make_broker
from microblog_tasks.contributions import TaskMiddleware

PLUGIN = Manifest(name="counter")


taken: list[str] = []


class Counter(TaskiqMiddleware):
    """A middleware of taskiq."""

    def pre_execute(self, message: TaskiqMessage) -> TaskiqMessage:
        taken.append(message.task_name)
        return message


@implements(hookspecs.register_task_middlewares)
def task_middlewares() -> Iterable[TaskMiddleware]:
    return [TaskMiddleware(name="counter", make=Counter)]


async def main() -> None:
    broker = make_broker("memory:", {"tasks": face, "counter": sys.modules[__name__]})
    assert [type(each) for each in broker.middlewares] == [Counter]


if __name__ == "__main__":
    asyncio.run(main())
