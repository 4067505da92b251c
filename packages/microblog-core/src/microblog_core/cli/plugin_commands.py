"""Commands that plugins add; they appear under the plugin's name: `microblog NAME COMMAND`.

Composing a site takes longer than everything else that `microblog --help` does, so help only looks whether a
plugin's module says `register_commands`. Running a command composes, and so knows what is disabled or broken.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

import click

from microblog_core.cli.context import Invocation, quiet_logs
from microblog_core.domain.errors import PluginError

GROUP = "microblog.plugins"
HOOK = b"register_commands"


def listed_names() -> tuple[str, ...]:
    """The installed plugins that seem to have commands, by name; nothing is imported."""
    points = importlib.metadata.entry_points(group=GROUP)
    return tuple(sorted(point.name for point in points if _mentions_hook(point.module)))


def plugin_group(invocation: Invocation, name: str) -> click.Group | None:
    """The commands of a plugin; None where it has none, or where there is no such plugin.

    Raises `PluginError` for one that is not active, and what reading the configuration raises.
    """
    if all(point.name != name for point in importlib.metadata.entry_points(group=GROUP)):
        return None
    quiet_logs(debug=invocation.debug)
    site = invocation.compose(invocation.config_or_default())
    report = next((each for each in site.report if each.name == name), None)
    if report is not None and report.state.value != "active":
        raise PluginError(
            f"The plugin {name} is {report.state.value}: {report.reason}",
            hint=report.hint or f"`microblog plugins show {name}` says more.",
        )
    commands = site.contributions.commands.get(name, ())
    if not commands:
        return None
    group = click.Group(name, help=f"Commands of the plugin {name}.")
    for command in commands:
        group.add_command(command)
    return group


def _mentions_hook(module: str) -> bool:
    """Whether the module's file contains the hook's name; False where no file is found without importing."""
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
        return any(HOOK in file.read_bytes() for file in files if file.is_file())
    except (StopIteration, ImportError, ValueError, OSError):
        return False
