"""`microblog migrate`: the schema of a storage that has one."""

from __future__ import annotations

import click

from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs, schema_tools
from microblog_core.domain.errors import ConfigurationError


@click.command()
@data_options
@click.option(
    "--status", is_flag=True, help="Only say where the database stands; exit code 1 if it is not current."
)
@click.option(
    "--to", "revision", default="head", show_default=True, help="The revision to go to, forward or back."
)
@pass_invocation
def migrate(invocation: Invocation, status: bool, revision: str) -> None:
    """Bring the database to this version, or say where it stands.

    Make a backup first: `microblog backup`.
    """
    quiet_logs(debug=invocation.debug)
    site = invocation.compose(invocation.config(make_key=not status))
    tools = schema_tools(site)
    if tools is None:
        if revision != "head":
            raise ConfigurationError("This storage has no schema.", hint="Leave --to out.")
        click.echo("This storage has no schema; there is nothing to migrate.")
        return
    stored, needed = tools.status()
    if status:
        click.echo(f"stored: {stored or '(empty)'}\nneeded: {needed}")
        raise click.exceptions.Exit(0 if stored == needed else 1)
    tools.migrate(revision)
    now, _ = tools.status()
    if now == stored:
        click.echo(f"The database is at {now or '(empty)'} already.")
    else:
        click.echo(f"Migrated from {stored or '(empty)'} to {now or '(empty)'}.")
