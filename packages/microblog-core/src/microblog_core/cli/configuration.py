"""`microblog config`: every key that there can be, and which of them say what here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from microblog_core.cli.console import printable, table
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs

if TYPE_CHECKING:
    from microblog_core.config import Config
    from microblog_core.config_shown import Shown
    from microblog_core.site import Site


@click.group("config")
@pass_invocation
def configuration(invocation: Invocation) -> None:
    """List every setting that there is, or those in force and where each comes from."""
    quiet_logs(debug=invocation.debug)


@configuration.command()
@click.option("--plugin", "name", default="", help="Only the table of this plugin.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, an object for each key.")
def reference(name: str, as_json: bool) -> None:
    """Print every setting of core and of the plugins, as a configuration file that says nothing yet.

    Each comes with what it means, its type, its default and the variable of the environment that sets it.
    """
    from microblog_core.config_reference import as_data, as_toml, core_tables, plugin_tables
    from microblog_core.domain.errors import NotFound

    brought, unknown = plugin_tables()
    tables = [*core_tables(), *brought]
    if name:
        tables = [each for each in brought if each.plugin == name]
        if not tables:
            names = ", ".join(each.plugin for each in brought)
            raise NotFound(f"There is no plugin {name!r} with settings.", hint=f"With settings are {names}.")
    click.echo(json.dumps(as_data(tables), indent=2) if as_json else as_toml(tables, unknown).rstrip())


@configuration.command()
@data_options
@click.option("--all", "everything", is_flag=True, help="Also what nobody has set.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, an object for each key.")
@pass_invocation
def show(invocation: Invocation, everything: bool, as_json: bool) -> None:
    """Show what is set and where each comes from: the file or a variable. Secrets are never shown."""
    config = invocation.config_or_default()
    sites = list(_sites(invocation, config))
    rows = [each for each in _shown(config, sites) if everything or each.origin != "default"]
    if as_json:
        click.echo(json.dumps([each.as_data() for each in rows], indent=2))
        return
    if rows:
        table(["key", "value", "from"], [(each.key, printable(each.value), each.origin) for each in rows])
    else:
        click.echo("Nothing is set; `microblog config show --all` shows the defaults.")
    for site in sites:
        _warn(site)


def _sites(invocation: Invocation, config: Config) -> Iterator[Site]:
    for site in config.sites:
        if invocation.site_name in ("", site.name):
            one = Invocation(invocation.data, invocation.file, site.name, invocation.debug)
            yield one.compose(config)


def _shown(config: Config, sites: Sequence[Site]) -> Iterator[Shown]:
    from microblog_core.config_shown import shown_process, shown_site

    yield from shown_process(config)
    for site in sites:
        yield from shown_site(config, site)


def _warn(site: Site) -> None:
    """Say on standard error which settings are not in force because they can't be."""
    for report in site.report:
        if report.stage == "settings":
            reason = report.reason.rstrip(".")
            click.echo(f"{site.name}: {printable(f'{reason}. {report.hint}')}", err=True)
    for doubt in site.doubts:
        click.echo(f"{site.name}: {printable(doubt)}", err=True)
