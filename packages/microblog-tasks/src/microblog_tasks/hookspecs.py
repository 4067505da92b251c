"""Every hook of the tasks layer: what a plugin's face in the entry point group `microblog.tasks` may add.

As in core, hooks are synchronous and contribute. **When:** each is called once, while a worker starts.
**How often:** once for each worker, whatever the number of sites. **Which way it fails:** a face that
raises or returns something of the wrong type is left out, and the log says why.
"""

from __future__ import annotations

from collections.abc import Iterable

from microblog_core.hookspecs import hookspec
from microblog_tasks.contributions import BrokerFactory, TaskMiddleware


@hookspec
def register_brokers() -> Iterable[BrokerFactory]:
    """Offer brokers by URL scheme; `jobs.broker` in the configuration, or `--broker URL`, chooses one.

    If the chosen one can't be made or started the worker does not start. It may lose messages, or hand them
    out twice: what nobody began is sent again, and what somebody began is begun once.
    """


@hookspec
def register_task_middlewares() -> Iterable[TaskMiddleware]:
    """Add middlewares of taskiq to the worker's broker, in the plugins' order.

    Called around each message. What one raises before its job began has the job sent again later.
    """
