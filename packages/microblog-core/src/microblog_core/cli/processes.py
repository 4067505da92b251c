"""Kinds of processes beside `serve`: the entry point group `microblog.processes`, name -> click command.

As surfaces are, they are brought by distributions, not by plugins of a site: which sites and plugins there
are is known only once such a process reads the configuration. Core's own commands can't be replaced.
"""

from __future__ import annotations

import importlib.metadata

import click

from microblog_core.domain.errors import PluginError

GROUP = "microblog.processes"


def process_names() -> tuple[str, ...]:
    """The names that installed distributions bring; nothing is imported."""
    return tuple(sorted({point.name for point in importlib.metadata.entry_points(group=GROUP)}))


def process_command(name: str) -> click.Command | None:
    """The command of a kind of process; None where nobody brings it.

    Raises `PluginError` where several bring it, or where it is none.
    """
    points = tuple(importlib.metadata.entry_points(group=GROUP, name=name))
    if not points:
        return None
    if len(points) > 1:
        owners = " and by ".join(sorted(point.dist.name if point.dist else "?" for point in points))
        raise PluginError(f"The process {name!r} is brought by {owners}.", hint="Uninstall one of them.")
    try:
        command = points[0].load()
    except Exception as error:
        raise PluginError(
            f"The process {name!r} can't be loaded: {type(error).__name__}: {error}",
            hint="Install the package that brings it again.",
        ) from error
    if not isinstance(command, click.Command):
        raise PluginError(f"The process {name!r} is {points[0].value}, which is no command.")
    return command


def process_help(name: str) -> str:
    """One line about it; why it can't be run where it can't."""
    try:
        command = process_command(name)
    except PluginError as error:
        return error.message
    return command.get_short_help_str(100) if command is not None else ""
