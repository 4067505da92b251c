from __future__ import annotations

import importlib
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from microblog_core.cli.main import COMMANDS, Problem, cli, explain
from microblog_core.domain.errors import ConfigurationError


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "microblog_core.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_every_command_of_the_table_is_there_and_says_the_same_of_itself():
    for name, (place, text) in COMMANDS.items():
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(f"microblog_core.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        first = " ".join((command.help or "").split("\n\n")[0].split())
        assert command.name == name
        assert first == text


def test_help_lists_every_command_without_importing_any():
    code = (
        "import sys; sys.argv = ['microblog', '--help']\n"
        "from microblog_core.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "loaded = {'serve', 'users', 'demo', 'backup'} & {n.rpartition('.')[2] for n in sys.modules}\n"
        "print('LOADED', sorted(n for n in loaded if f'microblog_core.cli.{n}' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert "LOADED []" in done.stdout


def test_help_of_the_program_takes_little_more_than_starting_python():
    def cpu_seconds(*arguments: str) -> float:
        before = os.times()
        subprocess.run([sys.executable, *arguments], capture_output=True, timeout=60, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    start = min(cpu_seconds("-c", "import click, msgspec") for _ in range(3))
    whole = min(cpu_seconds("-m", "microblog_core.cli.main", "users", "--help") for _ in range(3))
    assert whole < start + 0.4


def test_an_error_is_one_line_and_a_hint_and_never_a_traceback(microblog):
    result = microblog("users", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no secret key")
    assert "microblog init" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("microblog")
def test_debug_lets_the_error_through():
    result = CliRunner().invoke(cli, ["--debug", "--data", "/nonexistent/nowhere", "users", "list"])
    assert isinstance(result.exception, ConfigurationError)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConfigurationError("That is wrong.", hint="Do this."), "That is wrong."),
        (OSError(13, "Permission denied", "/x/y"), "Permission denied: /x/y"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_whatever_a_command_raises_becomes_a_problem(error, text):
    with pytest.raises(Problem) as caught:
        explain(error, debug=False)
    assert caught.value.message == text


def test_an_unknown_command_is_a_usage_error():
    done = run_program("frobnicate")
    assert done.returncode == 2
    assert "No such command 'frobnicate'" in done.stderr


def test_a_configuration_file_that_is_not_there_is_named(microblog, tmp_path):
    result = microblog("--config", str(tmp_path / "no.toml"), "users", "list")
    assert result.exit_code == 1
    assert "no.toml" in result.stderr


WEATHER = """
import click
from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl

PLUGIN = Manifest(name="weather")

@click.command()
def report():
    "Say what it is like."
    click.echo("it rains")

@hookimpl
def register_commands():
    return [report]
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that installs a distribution with one module and these entry points."""

    def make(module, source, entry_points, *, name="weather"):
        folder = tmp_path / f"site-{name}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entry_points)
        monkeypatch.syspath_prepend(str(folder))

    return make


def test_a_plugin_s_commands_are_under_its_name(microblog, install):
    install("weather_of_commands", WEATHER, "[microblog.plugins]\nweather = weather_of_commands\n")
    assert microblog("weather", "report").output == "it rains\n"
    assert "weather" in microblog("--help").output


def test_a_plugin_that_is_left_out_says_why_when_its_command_is_run(microblog, data, install):
    install("weather_left_out", WEATHER, "[microblog.plugins]\nweather = weather_left_out\n")
    data.mkdir()
    (data / "microblog.toml").write_text('[plugins]\ndisabled = ["weather"]\n')
    result = microblog("weather", "report")
    assert result.exit_code == 1
    assert "plugins.disabled" in result.stderr


def test_a_distribution_may_bring_another_kind_of_process_but_none_of_core(microblog, install):
    points = "[microblog.processes]\nforecast = weather_process:report\nserve = weather_process:report\n"
    install("weather_process", WEATHER, points)
    assert microblog("forecast").output == "it rains\n"
    assert "Say what it is like." in microblog("--help").output
    assert "Serve every installed surface" in microblog("serve", "--help").output


def test_a_process_that_two_bring_or_that_is_broken_is_refused_and_help_still_works(microblog, install):
    install("weather_one", WEATHER, "[microblog.processes]\nforecast = weather_one:report\n", name="one")
    install("weather_two", WEATHER, "[microblog.processes]\nforecast = weather_two:report\n", name="two")
    install("weather_bad", "", "[microblog.processes]\nstorm = weather_bad:gone\n", name="three")
    refused = microblog("forecast")
    assert (refused.exit_code, "one and by two" in refused.stderr) == (1, True)
    assert "can't be loaded" in microblog("storm").stderr
    assert "Serve every installed surface" in microblog("--help").output


def test_the_version_is_shown():
    assert run_program("--version").stdout.startswith("microblog ")
