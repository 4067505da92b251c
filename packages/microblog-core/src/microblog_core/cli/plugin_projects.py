"""`microblog plugins new` and `check`: what the authors of plugins begin with, and what looks at it."""

from __future__ import annotations

import inspect
import json
import shlex
from pathlib import Path

import click
import msgspec
from click.shell_completion import CompletionItem

from microblog_core.authoring.kinds import KINDS, kind_named
from microblog_core.domain.errors import Invalid

WIDTH = max(len(kind.name) for kind in KINDS)


class KindType(click.Choice[str]):
    """One of the kinds; shells that complete it, and the message for any other, say what each one is."""

    def __init__(self) -> None:
        super().__init__([kind.name for kind in KINDS])

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """One word; the kinds are listed above the options."""
        return "KIND"

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """What there is, a line each."""
        return f"There is no kind {value!r}. The kinds are:\n{listed()}"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The kinds that begin so, with what they are."""
        return [
            CompletionItem(kind.name, help=kind.summary) for kind in KINDS if kind.name.startswith(incomplete)
        ]


def listed() -> str:
    """The kinds, a line each."""
    return "\n".join(f"    {kind.name:{WIDTH}}  {kind.summary}" for kind in KINDS)


def _explained(command: click.Command) -> click.Command:
    """The kinds below the command's own help, as they are, not wrapped into one paragraph."""
    command.help = f"{inspect.cleandoc(command.help or '')}\n\n\b\nThe kinds:\n{listed()}"
    return command


@click.command()
@click.argument("name")
@click.option("--kind", type=KindType(), help="What to begin with; see below.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of the project, made where there is none (default: microblog-NAME, here).",
)
def new(name: str, kind: str | None, folder: Path | None) -> None:
    """Begin a plugin called NAME: a project with tests, types and style that pass at once.

    Nothing that exists is overwritten.
    """
    from microblog_core.authoring.names import names_of
    from microblog_core.authoring.projects import make_project

    names = names_of(name)
    if kind is None:
        raise Invalid("Say what to begin with: --kind KIND.", hint=f"The kinds are:\n{listed()}")
    place = folder or Path(names.distribution)
    files = make_project(kind_named(kind), names, place)
    click.echo(f"Made {place} with {len(files)} files: the plugin {name}, of the kind {kind}.")
    click.echo("Next, for tests, types and style:")
    click.echo(f"  cd {shlex.quote(str(place))}")
    click.echo('  python3 -m venv .venv && .venv/bin/pip install "nox[uv]" && .venv/bin/nox')
    click.echo(f"Then go on in src/{names.package}; {kind_named(kind).page} explains it.")


new = _explained(new)


@click.command()
@click.argument(
    "folders", metavar="[FOLDER]...", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array of findings.")
def check(folders: tuple[Path, ...], as_json: bool) -> None:
    """Look at the plugins of the project in FOLDER (default: here), without installing it.

    Manifest, signatures of hooks, names, settings, and what is done at import: each finding has a code, a
    place, and what to do. `[tool.microblog.settings.NAME]` in pyproject.toml configures a plugin for this.
    Exit code 0: nothing to mend. Exit code 1: there are findings.
    """
    from microblog_core.authoring.checking import as_text, check_projects

    checked = check_projects(folders or (Path(),))
    findings = [finding for found in checked.values() for finding in found]
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(findings), indent=2))
    else:
        for folder, found in checked.items():
            if found and len(checked) > 1:
                click.echo(click.style(f"{folder}:", bold=True))
            if found:
                click.echo(as_text(found))
        click.echo(f"{len(findings)} to mend." if findings else "Nothing to mend.")
    raise click.exceptions.Exit(1 if findings else 0)
