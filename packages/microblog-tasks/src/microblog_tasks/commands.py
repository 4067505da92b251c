"""The commands `microblog worker` and `microblog scheduler`. Import-light; taskiq loads when one is run."""

from __future__ import annotations

import click

from microblog_core.cli.context import Invocation, data_options, pass_invocation


@click.command()
@data_options
@click.option("--broker", "url", default="", help="Where jobs go (default: jobs.broker, else memory:).")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 10_000),
    default=64,
    show_default=True,
    help="How many jobs run at a time.",
)
@click.option(
    "--relay/--no-relay", default=True, show_default=True, help="Whether it sends what is due, too."
)
@pass_invocation
def worker(invocation: Invocation, url: str, concurrency: int, relay: bool) -> None:
    """Run the jobs of every site in this process, until SIGTERM or Ctrl+C.

    Any number of workers may run, beside `microblog serve` or instead of its own jobs; each job is run by one
    of them.
    """
    _run(invocation, url, concurrency=concurrency, relay=relay)


@click.command()
@data_options
@click.option("--broker", "url", default="", help="Where jobs go (default: jobs.broker).")
@pass_invocation
def scheduler(invocation: Invocation, url: str) -> None:
    """Send what is due, and what is scheduled, to workers that were started with --no-relay.

    Any number of schedulers may run: each row is sent by one of them.
    """
    _run(invocation, url, concurrency=0, relay=True)


def _run(invocation: Invocation, url: str, *, concurrency: int, relay: bool) -> None:
    from microblog_core.runtime.logs import configure_logging
    from microblog_core.site import compose_sites
    from microblog_tasks.worker import run_worker

    config = invocation.config()
    level = "debug" if invocation.debug else config.server.log_level
    configure_logging(config.server.log_format, level)
    chosen = url or config.jobs.broker.reveal() or "memory:"
    run_worker(compose_sites(config, faces=("tasks",)), chosen, concurrency=concurrency, relay=relay)
