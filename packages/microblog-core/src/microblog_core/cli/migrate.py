"""`microblog migrate`: the schema of a storage that has one, and plugins' own tables in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from microblog_core.cli.context import (
    Invocation,
    data_options,
    pass_invocation,
    quiet_logs,
    run,
    schema_tools,
)
from microblog_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from microblog_core.contributions import Migration
    from microblog_core.site import Site


@click.command()
@data_options
@click.option(
    "--status", is_flag=True, help="Only say where the database stands; exit code 1 if it is not current."
)
@click.option("--plugin", default="", help="Only this plugin's own tables.")
@click.option(
    "--to",
    "revision",
    default="head",
    show_default=True,
    help="The revision to go to, forward or back; with --plugin a version of its tables, 0 for none.",
)
@pass_invocation
def migrate(invocation: Invocation, status: bool, plugin: str, revision: str) -> None:
    """Bring the database to this version, and the tables of plugins to theirs, or say where it stands.

    Make a backup first: `microblog backup`.
    """
    quiet_logs(debug=invocation.debug)
    site = invocation.compose(invocation.config(make_key=not status))
    steps = _steps_of(site)
    if plugin:
        _migrate_tables(site, *_chosen(steps, plugin, revision))
        return
    tools = schema_tools(site)
    if tools is None:
        if revision != "head":
            raise ConfigurationError("This storage has no schema.", hint="Leave --to out.")
        if steps and not status:
            _migrate_tables(site, steps)
        else:
            click.echo("This storage has no schema; there is nothing to migrate.")
        return
    stored, needed = tools.status()
    if status:
        click.echo(f"stored: {stored or '(empty)'}\nneeded: {needed}")
        current = stored == needed
        versions = run(_versions(site, steps)) if steps and current else {}
        for name, version in versions.items():
            click.echo(f"{name}: stored {version}, needed {len(steps[name])}")
            current = current and version == len(steps[name])
        raise click.exceptions.Exit(0 if current else 1)
    if steps and revision == "base" and stored == needed:
        # Nothing would know any more which of their tables there are.
        _migrate_tables(site, steps, 0)
    tools.migrate(revision)
    now, _ = tools.status()
    if now == stored:
        click.echo(f"The database is at {now or '(empty)'} already.")
    else:
        click.echo(f"Migrated from {stored or '(empty)'} to {now or '(empty)'}.")
    if steps and now == needed:
        _migrate_tables(site, steps)


def _steps_of(site: Site) -> Mapping[str, Sequence[Migration]]:
    steps: dict[str, list[Migration]] = {}
    for step in site.contributions.migrations:
        steps.setdefault(site.contributions.owner(step), []).append(step)
    return steps


def _migrate_tables(site: Site, steps: Mapping[str, Sequence[Migration]], to: int | None = None) -> None:
    from microblog_core.runtime.plugin_tables import migrate_tables

    async def work() -> None:
        await site.storage.open()
        try:
            for plugin in steps:
                before, after = await migrate_tables(site.storage, plugin, steps[plugin], to)
                if before == after:
                    click.echo(f"The tables of the plugin {plugin} are at {after} already.")
                else:
                    click.echo(f"Migrated the tables of the plugin {plugin} from {before} to {after}.")
        finally:
            await site.storage.close()

    run(work())


def _chosen(
    steps: Mapping[str, Sequence[Migration]], plugin: str, revision: str
) -> tuple[Mapping[str, Sequence[Migration]], int | None]:
    if plugin not in steps:
        raise ConfigurationError(
            f"No plugin {plugin} with tables of its own is active.",
            hint=f"There are {', '.join(steps)}." if steps else "`microblog plugins list` names all.",
        )
    if revision != "head" and not revision.isdecimal():
        raise ConfigurationError(f"{revision!r} is no version of a plugin's tables.", hint="Use 0, 1, 2, ...")
    return {plugin: steps[plugin]}, None if revision == "head" else int(revision)


async def _versions(site: Site, plugins: Mapping[str, object]) -> Mapping[str, int]:
    from microblog_core.runtime.plugin_tables import stored_version

    await site.storage.open()
    try:
        return {name: await stored_version(site.storage, name) for name in plugins}
    finally:
        await site.storage.close()
