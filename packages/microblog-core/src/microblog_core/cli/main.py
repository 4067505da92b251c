"""The group `microblog`: which commands there are, and how errors look. Commands are imported when they are
run.

Errors that are raised on purpose become one line, a hint and exit code 1; a traceback is shown only with
`--debug`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from microblog_core import __version__
from microblog_core.cli.context import Invocation
from microblog_core.domain.errors import MicroblogError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("serve:serve", "Serve every installed surface and run the jobs, in one process."),
    "init": ("setup:init", "Make a data folder with a secret key and a commented configuration."),
    "users": (
        "users:users",
        "Create, list, approve, moderate and delete accounts, and give roles.",
    ),
    "mail-blocks": ("mail_blocks:mail_blocks", "Block mail addresses and domains, list and lift blocks."),
    "announcements": ("announcements:announcements", "Add, list and remove announcements."),
    "campaigns": ("campaigns:campaigns", "Mail many people, once each, and look after it."),
    "jobs": ("jobs:jobs", "Look after the jobs that wait, run or failed."),
    "housekeeping": (
        "housekeeping:housekeeping",
        "Remove what has had its time, or say what would be removed.",
    ),
    "payments": (
        "payments:payments",
        "Look after payments and the ledger.",
    ),
    "emojis": ("announcements:emojis", "List and remove custom emojis."),
    "media": (
        "media:media",
        "Show how much room pictures take, and who uses most; copy files to another store.",
    ),
    "demo": ("demo:demo", "Fill a site with made-up people and posts."),
    "stats": ("stats:stats", "Show daily statistics, export them, or have days counted anew."),
    "migrate": (
        "migrate:migrate",
        "Bring the database to this version, and the tables of plugins to theirs, or say where it stands.",
    ),
    "backup": (
        "backup:backup",
        "Write database and media of every site to one archive, while the service runs.",
    ),
    "restore": ("backup:restore", "Put an archive's databases and media in place. Stop the service first."),
    "archive": (
        "account_archives:archive",
        "Write everything of one account to a file, or bring it along from one.",
    ),
    "plugins": (
        "plugins:plugins",
        "List plugins, switch them on and off, begin and check plugins of your own.",
    ),
    "config": (
        "configuration:configuration",
        "List every setting that there is, or those in force and where each comes from.",
    ),
    "doctor": (
        "doctor:doctor",
        "Check configuration, database, clock, addresses and plugins, and say what to do.",
    ),
    "keys": ("setup:keys", "Rotate the secret key."),
}
"""Name: (module:attribute below this package, one line of help)."""


class Problem(click.ClickException):
    """An error as the terminal shows it: what happened, then what to do. Exit code 1."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def show(self, file: Any = None) -> None:
        """Write it to standard error."""
        click.echo(
            f"{click.style('Error:', fg='red', bold=True)} {self.message}", file=file, err=file is None
        )
        if self.hint:
            click.echo(f"  {self.hint}", file=file, err=file is None)


class MicroblogGroup(click.Group):
    """Finds commands of core by the table above, further kinds of processes by entry point, and commands of
    plugins under the plugin's name.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Core's commands in the table's order, then further processes, then plugins with commands."""
        from microblog_core.cli.plugin_commands import listed_names
        from microblog_core.cli.processes import process_names

        return [*dict.fromkeys((*COMMANDS, *process_names(), *listed_names()))]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import one command."""
        if name in COMMANDS:
            module, _, attribute = COMMANDS[name][0].partition(":")
            command = getattr(importlib.import_module(f"microblog_core.cli.{module}"), attribute)
            return command if isinstance(command, click.Command) else None
        from microblog_core.cli.plugin_commands import plugin_group
        from microblog_core.cli.processes import process_command

        return process_command(name) or plugin_group(_invocation(ctx), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands without importing those of core."""
        from microblog_core.cli.plugin_commands import listed_names
        from microblog_core.cli.processes import process_help, process_names

        formatter.width = max(formatter.width, 100)
        with formatter.section("Commands"):
            own = [(name, text) for name, (_, text) in COMMANDS.items()]
            brought = [(name, process_help(name)) for name in process_names() if name not in COMMANDS]
            formatter.write_dl([*own[:1], *brought, *own[1:]])
        names = listed_names()
        if names:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, f"`microblog {name} --help` lists them.") for name in names])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors become a line and a hint."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except Exception as error:
            explain(error, debug=bool(ctx.params.get("debug")))


def explain(error: Exception, *, debug: bool) -> NoReturn:
    """Turn what a command raised into a `Problem`; raise it as it is with `debug`."""
    if debug:
        raise error
    if isinstance(error, MicroblogError):
        raise Problem(error.message, error.hint) from error
    if isinstance(error, OSError):
        raise Problem(
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        ) from error
    raise Problem(
        f"{type(error).__name__}: {error}",
        "This is a fault of the program; `microblog --debug ...` shows where.",
    ) from error


def _invocation(ctx: click.Context) -> Invocation:
    """The options before the command, also where only help is asked for."""
    found = ctx.find_object(Invocation)
    if found is None:
        found = ctx.obj = Invocation(data=ctx.params.get("data"), file=ctx.params.get("file"))
    return found


@click.group(cls=MicroblogGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the site's data (default: microblog-data, or $MICROBLOG_DATA).",
)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file (default: microblog.toml in the data folder).",
)
@click.option("--site", "site_name", default="", help="Which site, where the configuration names several.")
@click.option("--debug", is_flag=True, help="Show tracebacks and log everything.")
@click.version_option(__version__, prog_name="microblog", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, data: Path | None, file: Path | None, site_name: str, debug: bool) -> None:
    """Run a microblogging service."""
    invocation = _invocation(ctx)
    invocation.data, invocation.file = data, file
    invocation.site_name, invocation.debug = site_name, debug


def main() -> None:
    """The program `microblog`."""
    cli(prog_name="microblog")


if __name__ == "__main__":
    main()
