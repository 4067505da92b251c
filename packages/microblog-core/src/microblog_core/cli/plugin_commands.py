"""Commands that plugins add; they appear under the plugin's name: `microblog NAME COMMAND`.

Composing a site takes longer than everything else that `microblog --help` does, so it is done only if some
plugin's module says `register_commands` at all. A plugin that hides that is still found when its command is
run.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microblog_core.domain.errors import MicroblogError

if TYPE_CHECKING:
    from microblog_core.cli.context import Invocation

GROUP = "microblog.plugins"
HOOK = b"register_commands"


def listed_groups(invocation: Invocation) -> Mapping[str, click.Group]:
    """What `--help` lists: `plugin_groups`, or nothing where no installed plugin mentions the hook."""
    points = importlib.metadata.entry_points(group=GROUP)
    return plugin_groups(invocation) if any(_mentions_hook(point.module) for point in points) else {}


def plugin_groups(invocation: Invocation) -> Mapping[str, click.Group]:
    """A group for each active plugin with commands, by name.

    A plugin that fails has none; `plugins list` says why.
    """
    if invocation.plugin_groups is None:
        invocation.plugin_groups = _collect(invocation)
    return invocation.plugin_groups


def _collect(invocation: Invocation) -> dict[str, click.Group]:
    from microblog_core.cli.context import quiet_logs

    quiet_logs(debug=invocation.debug)
    try:
        site = invocation.compose(invocation.config_or_default())
    except MicroblogError:
        return {}
    groups: dict[str, click.Group] = {}
    for name, commands in site.contributions.commands.items():
        groups[name] = click.Group(name, help=f"Commands of the plugin {name}.")
        for command in commands:
            groups[name].add_command(command)
    return groups


def _mentions_hook(module: str) -> bool:
    """Whether the module's file contains the hook's name; True where the file is not found without
    importing.
    """
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
        if spec is None:
            return False
        if not rest:
            files = [Path(spec.origin or "")]
        else:
            folder = Path(next(iter(spec.submodule_search_locations or ())), *rest)
            files = [folder.with_suffix(".py"), folder / "__init__.py"]
        return HOOK in next(file for file in files if file.is_file()).read_bytes()
    except (StopIteration, ImportError, ValueError, OSError):
        return True
