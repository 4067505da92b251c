"""`microblog jobs`: what waits, runs and failed; try it again, or give it up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from microblog_core.cli.console import table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.permissions import SYSTEM
from microblog_core.domain.timelines import Page
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import Job
from microblog_core.runtime.logs import scrub

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_STATES = click.Choice(["queued", "leased", "dead"])
_PAYLOAD_LENGTH = 2000


@click.group()
@pass_invocation
def jobs(invocation: Invocation) -> None:
    """Look after the jobs that wait, run or failed."""
    quiet_logs(debug=invocation.debug)


@jobs.command("list")
@data_options
@click.option("--state", type=_STATES, default="dead", show_default=True, help="Which jobs.")
@click.option("--limit", type=click.IntRange(1, 80), default=40, show_default=True, help="How many at most.")
@click.option("--before", type=int, default=None, help="Only jobs with a smaller id: the next page.")
@pass_invocation
def list_jobs(invocation: Invocation, state: str, limit: int, before: int | None) -> None:
    """List jobs, newest first; those that failed for good by default."""
    from microblog_core.services import jobs as services

    page = Page(limit=limit, max_id=before)
    found = _done(invocation, lambda ports: services.list_jobs(ports, SYSTEM, state, page))
    if not found.items:
        click.echo("No job failed for good." if state == "dead" else f"No job is {state}.")
        return
    table(["id", "kind", "due", "tries", "error"], [_row(job) for job in found.items])
    if found.older is not None:
        click.echo(f"There are more: --before {found.older}")


@jobs.command()
@data_options
@click.argument("job_id", type=int)
@pass_invocation
def show(invocation: Invocation, job_id: int) -> None:
    """Show everything about one job."""
    from microblog_core.services import jobs as services

    job = _done(invocation, lambda ports: services.read_job(ports, SYSTEM, job_id))
    for name, value in (
        ("id", str(job.id)),
        ("kind", job.kind),
        ("key", job.key),
        ("state", job.state),
        ("due", _moment(job.due_at)),
        ("created", _moment(job.created_at)),
        ("tries", str(job.attempts)),
        ("error", scrub(job.error) or "-"),
        ("payload", job.payload.decode("utf-8", "replace")[:_PAYLOAD_LENGTH]),
    ):
        click.echo(f"{name:<9}{value}")


def _chosen(command: F) -> F:
    """The jobs that a command is for: by their ids, or all that failed for good."""
    for option in (
        click.option("--kind", default="", help="With --all-dead: only jobs of this kind."),
        click.option("--all-dead", is_flag=True, help="All jobs that failed for good."),
        click.argument("job_ids", type=int, nargs=-1),
    ):
        command = option(command)
    return command


@jobs.command()
@data_options
@_chosen
@pass_invocation
def retry(invocation: Invocation, job_ids: tuple[int, ...], all_dead: bool, kind: str) -> None:
    """Queue jobs that failed for good anew."""
    from microblog_core.services.jobs import retry_dead, retry_job

    count = _for_chosen(invocation, job_ids, all_dead, kind, each=retry_job, dead=retry_dead)
    click.echo(f"{count} queued again.")


@jobs.command()
@data_options
@_chosen
@pass_invocation
def discard(invocation: Invocation, job_ids: tuple[int, ...], all_dead: bool, kind: str) -> None:
    """Remove jobs: they will never be done."""
    from microblog_core.services.jobs import discard_dead, discard_job

    count = _for_chosen(invocation, job_ids, all_dead, kind, each=discard_job, dead=discard_dead)
    click.echo(f"{count} discarded.")


@jobs.command()
@data_options
@pass_invocation
def stats(invocation: Invocation) -> None:
    """Count jobs by kind and state."""
    from microblog_core.services import jobs as services

    found = _done(invocation, lambda ports: services.count_jobs(ports, SYSTEM))
    if not found:
        click.echo("The queue is empty.")
        return
    rows = [[each.kind, each.state, str(each.count), _moment(each.oldest_due_at)] for each in found]
    table(["kind", "state", "jobs", "oldest due"], rows)


def _for_chosen(
    invocation: Invocation,
    job_ids: Sequence[int],
    all_dead: bool,
    kind: str,
    *,
    each: Callable[..., Awaitable[None]],
    dead: Callable[..., Awaitable[int]],
) -> int:
    """Do it to each of these jobs, or to all dead ones; to how many it was done."""
    from microblog_core.services.jobs import DeadJobs, JobCommand

    if bool(job_ids) == all_dead:
        raise click.UsageError("Name jobs by their ids, or use --all-dead.")

    async def work(ports: Ports) -> int:
        if all_dead:
            return await dead(ports, SYSTEM, DeadJobs(kind=kind))
        for job_id in job_ids:
            await each(ports, SYSTEM, JobCommand(job_id=job_id))
        return len(job_ids)

    return _done(invocation, work)


def _done(invocation: Invocation, work: Callable[[Ports], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with invocation.open_site() as site:
            return await work(site.ports)

    return run(opened())


def _row(job: Job) -> list[str]:
    return [str(job.id), job.kind, _moment(job.due_at), str(job.attempts), scrub(job.error)[:80]]


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
