"""`microblog housekeeping`: remove what has had its time, or say what would be removed."""

from __future__ import annotations

import click

from microblog_core.cli.console import progress, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, run
from microblog_core.domain.permissions import SYSTEM

CHUNKS = 100_000


@click.command()
@data_options
@click.option("--dry-run", is_flag=True, help="Only count what would be removed.")
@pass_invocation
def housekeeping(invocation: Invocation, dry_run: bool) -> None:
    """Remove what has had its time, or say what would be removed.

    Expired sessions, old dead jobs, media of no post and so on. A running site does this by itself every ten
    minutes; doing it while it runs is safe.
    """
    quiet_logs(debug=invocation.debug)
    rows = run(_work(invocation, dry_run))
    table(["what", "would be removed" if dry_run else "removed", ""], rows)
    if any(row[2] for row in rows):
        raise SystemExit(1)


async def _work(invocation: Invocation, dry_run: bool) -> list[list[str]]:
    from microblog_core.services.housekeeping import count_expired, sweep_all

    async with invocation.open_site() as site:
        sweeps = site.contributions.sweeps
        with progress("Housekeeping", len(sweeps)) as bar:
            if not dry_run:
                reports = await sweep_all(site.ports, sweeps, chunks=CHUNKS, told=bar.advance)
                return [[each.sweep.title, str(each.run.removed), each.run.error] for each in reports]
            rows = []
            for sweep in sweeps:
                rows.append([sweep.title, str(await count_expired(site.ports, SYSTEM, sweep)), ""])
                bar.advance(1)
            return rows
