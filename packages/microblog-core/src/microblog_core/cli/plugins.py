"""`microblog plugins`: what is installed, what each plugin adds, and why one is left out."""

from __future__ import annotations

import importlib.metadata
import json
from typing import TYPE_CHECKING

import click
import msgspec

from microblog_core.cli.console import printable, table, terminal_width
from microblog_core.cli.context import Invocation, data_options, pass_invocation, quiet_logs
from microblog_core.cli.plugin_projects import check, new
from microblog_core.cli.plugin_switches import disable, enable
from microblog_core.domain.errors import NotFound
from microblog_core.plugins.discovery import CORE_FACE

if TYPE_CHECKING:
    from pathlib import Path

    from microblog_core.plugins.report import PluginReport

FACES = ("web", "api", "tasks")


@click.group()
@pass_invocation
def plugins(invocation: Invocation) -> None:
    """List plugins, switch them on and off, begin and check plugins of your own."""
    quiet_logs(debug=invocation.debug)


for command in (new, check, enable, disable):
    plugins.add_command(command)


@plugins.command("list")
@data_options
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@pass_invocation
def list_plugins(invocation: Invocation, as_json: bool) -> None:
    """List every plugin with its state, in the order in which they contribute.

    `faces` are the modules that it has for each layer, `adds` is how many things it contributes, `ms` how
    long its import and its hooks took. `microblog plugins show NAME` says all of it.
    """
    from microblog_core.plugins.report import as_data

    reports = _reports(invocation)
    if as_json:
        click.echo(json.dumps(as_data(reports), indent=2))
        return
    table(
        ["plugin", "state", "version", "order", "faces", "adds", "ms", "about"],
        [
            (
                each.name,
                each.state.value,
                each.version,
                str(each.order or "-"),
                " ".join(_faces(each)),
                str(sum(map(len, each.contributions.values())) or "-"),
                f"{each.cost:.0f}",
                _about(each),
            )
            for each in reports
        ],
        width=terminal_width(),
    )


@plugins.command()
@data_options
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_invocation
def show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show one plugin: its state, the reason, and everything that it contributes."""
    from microblog_core.plugins.report import as_data

    reports = _reports(invocation)
    report = next((each for each in reports if each.name == name), None)
    if report is None:
        names = ", ".join(each.name for each in reports)
        raise NotFound(f"There is no plugin {name!r}.", hint=f"Installed are {names}.")
    if as_json:
        click.echo(json.dumps(as_data((report,))[0], indent=2))
        return
    lines = [
        ("plugin", report.name),
        ("state", report.state.value),
        ("reason", f"{report.reason} (at {report.stage})" if report.stage else report.reason),
        ("what to do", report.hint),
        ("summary", report.summary),
        ("from", f"{report.distribution} {report.version}".strip()),
        ("order", str(report.order or "")),
        ("cost", f"{report.cost:g} ms"),
        *((f"face {group}", module) for group, module in sorted(report.faces.items())),
        *((hook, ", ".join(names)) for hook, names in sorted(report.contributions.items())),
    ]
    for label, text in lines:
        if text:
            click.echo(f"{click.style(label, bold=True)}: {printable(text)}")
    if report.traceback:
        click.echo(report.traceback.rstrip())


def _reports(invocation: Invocation) -> tuple[PluginReport, ...]:
    """Composed with every face that is installed, so that a face that does not import, or whose hooks fail,
    shows.
    """
    # Others may have a part for a face whose own package isn't there: nothing would run it.
    faces = tuple(
        face for face in FACES if importlib.metadata.entry_points(group=f"microblog.{face}", name=face)
    )
    site = invocation.compose(invocation.config_or_default(), faces=faces, check_faces=True)
    return tuple(_with_translations(each, site.translations.get(each.name)) for each in site.report)


def _with_translations(report: PluginReport, folder: Path | None) -> PluginReport:
    """The report of a plugin that works, but whose texts stay English, says so."""
    from microblog_core.plugins.translations import problems_of

    problems = list(problems_of(folder).values()) if folder is not None else []
    if not problems:
        return report
    reason = "; ".join(problem.message for problem in problems)
    return msgspec.structs.replace(report, reason=reason, hint=problems[0].hint, stage="translations")


def _about(report: PluginReport) -> str:
    if not report.reason:
        return report.summary
    text = f"{report.reason.rstrip('.')}. {report.hint}" if report.hint else report.reason
    if report.traceback:
        text = f"{text.rstrip('.')}. `microblog plugins show {report.name}` has the traceback."
    return text


def _faces(report: PluginReport) -> list[str]:
    """The faces by their short names, the core one first."""
    groups = sorted(report.faces, key=lambda group: (group != CORE_FACE, group))
    return ["core" if group == CORE_FACE else group.removeprefix("microblog.") for group in groups]
