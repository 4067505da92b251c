"""The core face of `microblog-tasks`: the command `microblog tasks worker`. Import-light; taskiq loads on
first use.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from microblog_core import hookspecs
from microblog_core.cli.context import Invocation, data_options, pass_invocation
from microblog_core.contributions import Manifest
from microblog_core.plugins.marks import implements

PLUGIN = Manifest(
    name="tasks", version="0.1.0", summary="A worker for the jobs in a process of its own, on taskiq"
)


@click.command()
@data_options
@click.option("--broker", "url", default="memory:", show_default=True, help="Where tasks go, by URL scheme.")
@pass_invocation
def worker(invocation: Invocation, url: str) -> None:
    """Run the jobs of every site in this process, until SIGTERM or Ctrl+C.

    Any number of workers may run beside `microblog serve`; each job is claimed by one of them.
    """
    from microblog_core.runtime.logs import configure_logging
    from microblog_core.site import compose_sites
    from microblog_tasks.worker import run_worker

    config = invocation.config()
    level = "debug" if invocation.debug else config.server.log_level
    configure_logging(config.server.log_format, level)
    run_worker(compose_sites(config, faces=("tasks",)), url)


@implements(hookspecs.register_commands)
def register_commands() -> Iterable[click.Command]:
    """`worker`."""
    return (worker,)
