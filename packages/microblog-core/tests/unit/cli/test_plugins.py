"""`microblog plugins new`, `check`, `enable` and `disable`, as authors and operators call them."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from click.shell_completion import ShellComplete

from microblog_core.authoring.kinds import KINDS
from microblog_core.cli.console import table
from microblog_core.cli.main import cli
from microblog_core.config import load_config
from microblog_core.memory import plugin as memory


def test_a_project_is_begun_and_what_comes_next_is_told(microblog, tmp_path):
    result = microblog("plugins", "new", "weather-report", "--kind", "job", "--to", str(tmp_path / "new one"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new one/src/microblog_weather_report/plugin.py").is_file()
    assert f"cd '{tmp_path / 'new one'}'" in result.output
    assert ".venv/bin/nox" in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["weather"], ["weather", "--kind", "nope"]])
def test_the_kinds_are_told_with_a_line_each(microblog, arguments):
    result = microblog("plugins", "new", *arguments)
    assert (result.exit_code == 0) is (arguments == ["--help"])
    for kind in KINDS:
        assert re.search(rf"^ +{kind.name} +{re.escape(kind.summary)}$", result.output, re.M), kind.name


def test_shells_complete_kinds_and_say_what_they_are():
    completer = ShellComplete(cli, {}, "microblog", "_MICROBLOG_COMPLETE")
    found = completer.get_completions(["plugins", "new", "weather", "--kind"], "ch")
    assert [(item.value, item.help) for item in found] == [("channel", KINDS[0].summary)]


def test_a_bad_name_and_a_folder_that_is_taken_write_nothing(microblog, tmp_path):
    bad = microblog("plugins", "new", "Weather", "--kind", "job", "--to", str(tmp_path / "new"))
    assert (bad.exit_code, "weather" in bad.stderr) == (1, True)
    assert not (tmp_path / "new").exists()
    (tmp_path / "mine").touch()
    taken = microblog("plugins", "new", "weather", "--kind", "job", "--to", str(tmp_path))
    assert (taken.exit_code, "--to" in taken.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_check_tells_in_words_and_in_json_what_is_to_be_mended(microblog, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    result = microblog("plugins", "check", str(tmp_path))
    assert result.exit_code == 1
    assert "pyproject.toml: MB102" in result.output
    as_json = microblog("plugins", "check", str(tmp_path), "--json")
    assert as_json.exit_code == 1
    (finding,) = json.loads(as_json.output)
    assert set(finding) == {"code", "where", "problem", "hint"}


def plugins_of(data, site="main"):
    return {each.name: each for each in load_config(data, environ={}, make_key=True).sites}[site].plugins


def test_a_plugin_is_switched_off_and_on_again(microblog, data):
    assert microblog("init").exit_code == 0
    before = (data / "microblog.toml").read_text()
    result = microblog("plugins", "disable", "webpush")
    assert (result.exit_code, "Restart" in result.output) == (0, True), result.output
    assert plugins_of(data).disabled == ("webpush",)
    assert "nothing was changed" in microblog("plugins", "disable", "webpush").output
    assert microblog("plugins", "enable", "webpush").exit_code == 0
    assert plugins_of(data).disabled == ()
    lines = (data / "microblog.toml").read_text().splitlines()
    assert [line for line in lines if line != "disabled = []"] == before.splitlines()


def test_where_there_is_no_file_yet_one_is_made(microblog, data):
    assert microblog("plugins", "disable", "webpush").exit_code == 0
    assert (data / "microblog.toml").read_text() == '[plugins]\ndisabled = ["webpush"]\n'


def test_one_site_s_choice_leaves_the_others_alone(microblog, data):
    data.mkdir()
    (data / "microblog.toml").write_text(
        '[plugins]\ndisabled = ["email"]\n[sites.one]\nhosts = ["one.example"]\n'
        '[sites.two]\nhosts = ["two.example"]\n'
    )
    result = microblog("--site", "one", "plugins", "disable", "webpush")
    assert result.exit_code == 0, result.output
    assert plugins_of(data, "one").disabled == ("email", "webpush")
    assert plugins_of(data, "two").disabled == ("email",)
    assert "as they were: one" in microblog("plugins", "enable", "email").output
    assert plugins_of(data, "two").disabled == ()
    unknown = microblog("--site", "three", "plugins", "enable", "email")
    assert (unknown.exit_code, "one, two" in unknown.stderr) == (1, True)


def test_a_plugin_that_the_only_ones_do_not_name_is_added_to_them(microblog, data):
    data.mkdir()
    (data / "microblog.toml").write_text('[plugins]\nonly = ["sql"]\n')
    assert microblog("plugins", "enable", "email").exit_code == 0
    assert plugins_of(data).only == ("sql", "email")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("core", "part of core"),
        ("sql", "is in its storage"),
        ("email", "plugins.required"),
        ("nope", "runtime"),
    ],
)
def test_what_a_site_cannot_do_without_stays(microblog, data, name, said):
    data.mkdir()
    (data / "microblog.toml").write_text('[plugins]\nrequired = ["email"]\n')
    result = microblog("plugins", "disable", name)
    assert result.exit_code == 1
    assert said in result.stderr
    assert (data / "microblog.toml").read_text() == '[plugins]\nrequired = ["email"]\n'


def test_what_cannot_be_edited_safely_is_left_with_the_line_to_write(microblog, data):
    data.mkdir()
    (data / "microblog.toml").write_text("plugins.disabled = ['email']\n")
    result = microblog("plugins", "disable", "webpush")
    assert result.exit_code == 2
    assert 'disabled = ["email", "webpush"]' in result.stderr
    assert (data / "microblog.toml").read_text() == "plugins.disabled = ['email']\n"


def test_what_the_environment_says_is_not_written_into_a_file_that_comes_after_it(
    microblog, data, monkeypatch
):
    monkeypatch.setenv("MICROBLOG_PLUGINS__DISABLED", "email")
    result = microblog("plugins", "disable", "webpush")
    assert (result.exit_code, "MICROBLOG_PLUGINS__DISABLED" in result.stderr) == (1, True)
    assert not (data / "microblog.toml").exists()


def test_the_list_says_order_faces_number_and_cost(microblog):
    lines = microblog("plugins", "list").output.splitlines()
    assert lines[0].split() == ["plugin", "state", "version", "order", "faces", "adds", "ms", "about"]
    (web,) = [line for line in lines if line.startswith("web ")]
    assert re.match(r"web +active +\S+ +\d+ +core web +\d+ +\d+ +\S", web)


def test_a_plugin_whose_translations_can_t_be_used_is_listed_with_the_reason(
    microblog, monkeypatch, tmp_path
):
    manifest = msgspec.structs.replace(memory.PLUGIN, translations=tmp_path / "nowhere")
    monkeypatch.setattr(memory, "PLUGIN", manifest)
    found = {each["name"]: each for each in json.loads(microblog("plugins", "list", "--json").output)}
    assert (found["memory"]["state"], found["memory"]["stage"]) == ("active", "translations")
    assert found["memory"]["reason"] == f"there are no translations in {tmp_path / 'nowhere'}"
    assert "packaged" in microblog("plugins", "show", "memory").output
    assert not found["runtime"]["reason"]


def test_a_table_for_a_narrow_terminal_is_cut_at_its_edge(capsys):
    table(["a", "about"], [["x", "short"], ["y", "日本語 and a long text"]], width=12)
    assert capsys.readouterr().out.splitlines() == ["a  about", "x  short", "y  日本語 a…"]
