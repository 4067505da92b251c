"""New projects: their names, their files, and what is never overwritten. That they pass is shown in
`tests/compose`.
"""

from __future__ import annotations

import ast
import tomllib
from string import Template

import pytest

from microblog_core.authoring.kinds import KINDS, kind_named
from microblog_core.authoring.names import LONGEST, names_of
from microblog_core.authoring.projects import files_of, make_project
from microblog_core.domain.errors import Conflict, Invalid


def test_everything_is_called_after_the_plugin():
    names = names_of("weather-report")
    assert (names.package, names.distribution) == ("microblog_weather_report", "microblog-weather-report")
    assert (names.title, names.scope) == ("Weather report", "weather_report")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Weather_Report", "weather-report"),
        ("2weather", "weather"),
        ("", "a letter first"),
        ("weather--report", "weather-report"),
        ("../weather", "weather"),
        ("microblog-weather", "say weather"),
        ("w" * (LONGEST + 1), "shorter"),
        ("core", "what the plugin does"),
        ("runtime", "what the plugin does"),
        ("only", "what the plugin does"),
        ("web", "what the plugin does"),
        ("sql", "another"),
        ("class", "another"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_what_to_do(name, said):
    with pytest.raises(Invalid) as refused:
        names_of(name)
    assert said in refused.value.hint


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_project_has_all_that_it_needs_and_nothing_left_to_fill_in(kind):
    names = names_of("weather-report")
    files = files_of(kind, names)
    package = f"src/{names.package}"
    expected = {"pyproject.toml", "noxfile.py", "README.md", ".gitignore", "tests/test_plugin.py"}
    expected |= {f"{package}/{name}" for name in ("__init__.py", "plugin.py", "py.typed")}
    assert expected <= set(files)
    for path, content in files.items():
        assert Template(content).get_identifiers() == [], path
        if path.endswith(".py"):
            ast.parse(content)
    project = tomllib.loads(files["pyproject.toml"])
    groups = project["project"]["entry-points"]
    assert groups["microblog.plugins"] == {"weather-report": f"{names.package}.plugin"}
    assert set(groups) == {"microblog.plugins", *(f"microblog.{face}" for face in kind.faces)}
    for face in kind.faces:
        assert f"{package}/{face}.py" in files
    assert project["project"]["name"] == names.distribution
    assert "license" not in project["project"]


def test_an_empty_folder_is_filled_and_what_was_written_is_told(tmp_path):
    (tmp_path / "new").mkdir()
    files = make_project(kind_named("job"), names_of("weather"), tmp_path / "new")
    written = {path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*")}
    assert set(files) <= written
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_folders_in_between_are_made(tmp_path):
    make_project(kind_named("job"), names_of("weather"), tmp_path / "a" / "b")
    assert (tmp_path / "a/b/pyproject.toml").is_file()


def test_nothing_that_exists_is_overwritten(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        with pytest.raises(Conflict) as refused:
            make_project(kind_named("job"), names_of("weather"), tmp_path / name)
        assert "--to" in refused.value.hint
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]
    assert (tmp_path / "file").read_text() == "mine"
