"""`microblog plugins enable` and `disable`: which plugins a site uses, said in its configuration file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from microblog_core.cli.context import Invocation, data_options, pass_invocation
from microblog_core.domain.errors import ConfigurationError, Conflict, NotFound

if TYPE_CHECKING:
    from microblog_core.config import Config
    from microblog_core.site import Site


@click.command()
@data_options
@click.argument("name")
@pass_invocation
def enable(invocation: Invocation, name: str) -> None:
    """Use the plugin NAME: take it out of `plugins.disabled`, and into `plugins.only` where there is one.

    For the site of `--site`, else for every site without a list of its own.
    """
    change = Change(invocation, name)
    disabled, only = change.listed("disabled"), change.listed("only")
    if name in (disabled or ()):
        change.write("disabled", [each for each in disabled or () if each != name])
    if only is not None and name not in only:
        change.write("only", [*only, name])
    change.tell(f"The plugin {name} is enabled")


@click.command()
@data_options
@click.argument("name")
@pass_invocation
def disable(invocation: Invocation, name: str) -> None:
    """Leave the plugin NAME out, by `plugins.disabled`.

    For the site of `--site`, else for every site without a list of its own.
    """
    change = Change(invocation, name)
    change.check_dispensable()
    disabled = change.listed("disabled") or []
    if name not in disabled:
        change.write("disabled", [*disabled, name])
    change.tell(f"The plugin {name} is disabled")


class Change:
    """A change of the lists in `[plugins]`, or in those of one site. Raises `NotFound` for a plugin that
    isn't installed, and what reading the configuration raises.
    """

    def __init__(self, invocation: Invocation, name: str) -> None:
        from microblog_core.config import FILE_NAME

        self._name = name
        self._config = config = invocation.config_or_default()
        sites = [site.name for site in config.sites]
        if invocation.site_name and invocation.site_name not in sites:
            raise NotFound(
                f"There is no site {invocation.site_name!r}.", hint=f"There are {', '.join(sites)}."
            )
        self._own = invocation.site_name
        concerned = [self._own] if self._own else sites
        self._sites = [_composed(invocation, config, site) for site in concerned]
        self._file = config.file or invocation.file or config.data / FILE_NAME
        self._table = ("sites", self._own, "plugins") if self._own else ("plugins",)
        self._changed = False
        names = [report.name for report in self._sites[0].report]
        if name not in names:
            raise NotFound(f"There is no plugin {name!r}.", hint=f"Installed are {', '.join(names)}.")

    def check_dispensable(self) -> None:
        """Raises `Conflict` where a site can't do without the plugin."""
        for site in self._sites:
            reason, hint = self._needed_by(site)
            if reason:
                raise Conflict(
                    f"The plugin {self._name} can't be disabled: {reason}.", guard="plugin", hint=hint
                )

    def _needed_by(self, site: Site) -> tuple[str, str]:
        if any(report.builtin for report in site.report if report.name == self._name):
            return "it is a part of core, and always there", "Nothing can do without it."
        if self._name in site.config.plugins.required:
            return f"plugins.required of the site {site.name} names it", "Take it out of there first."
        stored = site.contributions.storages
        chosen = next(
            (each for each in stored if site.config.storage.partition(":")[0] in each.schemes), None
        )
        if chosen is None and not site.config.storage:
            chosen = next((each for each in stored if each.embedded and each.name != "memory"), None)
        if chosen is not None and site.contributions.owner(chosen) == self._name:
            return f"the data of the site {site.name} is in its storage", "Choose another storage first."
        return "", ""

    def listed(self, key: str) -> list[str] | None:
        """The list that holds now for whom this is about; None where there is none."""
        raw = self._raw()
        tables = [_inner(raw, self._table), raw.get("plugins", {})]
        found = next((table[key] for table in tables if isinstance(table.get(key), list)), None)
        return list(found) if found is not None else None

    def write(self, key: str, values: list[str]) -> None:
        """Say it in the file. Raises `ConfigurationError` where the environment says it, and `NotEdited`."""
        from microblog_core.config_editing import NotEdited, with_list, write_whole

        variable = f"MICROBLOG_{'__'.join((*self._table, key))}".upper().replace("-", "_")
        for name in (variable, f"{variable}_FILE"):
            if os.environ.get(name):
                raise ConfigurationError(
                    f"{name} says it, and comes before the file.", hint="Change it there."
                )
        try:
            write_whole(self._file, with_list(_text_of(self._file), self._table, key, values))
        except NotEdited as error:
            click.echo(
                f"{click.style('Error:', fg='red', bold=True)} {self._file}: {error.message}", err=True
            )
            click.echo(f"  {error.hint}", err=True)
            raise click.exceptions.Exit(2) from error
        self._changed = True

    def tell(self, what: str) -> None:
        """Say what was done, and what not."""
        whom = f" on the site {self._own}" if self._own else ""
        if not self._changed:
            click.echo(f"{what}{whom} already; nothing was changed.")
        else:
            click.echo(f"{what}{whom}, in {self._file}. Restart what is running.")
        others = [] if self._own else [site.name for site in self._sites if self._has_own_list(site.name)]
        if others:
            click.echo(
                f"Sites with lists of their own are as they were: {', '.join(others)}. Use --site NAME."
            )

    def _has_own_list(self, site: str) -> bool:
        table = _inner(self._raw(), ("sites", site, "plugins"))
        return any(key in table for key in ("disabled", "only"))

    def _raw(self) -> Mapping[str, Any]:
        import tomllib

        return tomllib.loads(_text_of(self._file))


def _composed(invocation: Invocation, config: Config, site: str) -> Site:
    return Invocation(invocation.data, invocation.file, site, invocation.debug).compose(config)


def _text_of(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open(encoding="utf-8", newline="") as stream:
        return stream.read()


def _inner(table: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for part in path:
        found = table.get(part, {})
        table = found if isinstance(found, dict) else {}
    return table
