"""Whatever a plugin's author begins with passes its own nox at once, against the wheels of this checkout.

`nox -s compose` builds the wheels and names their folder in MICROBLOG_WHEELS.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from microblog_core.authoring.kinds import KINDS, Kind, kind_named
from microblog_core.authoring.names import LONGEST, names_of
from microblog_core.authoring.projects import make_project

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]

NAMES = ("ab", "a23456789-b23456789-c234")
"""The shortest and the longest: the style of a generated file must not depend on its plugin's name."""


def run(command: list[str], folder: Path, **environment: str) -> str:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with nox, as the README of a new project installs it, and ruff."""
    folder = tmp_path_factory.mktemp("tools") / "env"
    uv = os.environ["MICROBLOG_UV"]
    run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], folder.parent)
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), "nox[uv]", "ruff"]
    run(install, folder.parent)
    return folder / "bin"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where uv finds Microblog, and what all projects have in common: what mypy knows of Microblog."""
    wheels = Path(os.environ["MICROBLOG_WHEELS"])
    pins = tmp_path_factory.mktemp("pins") / "constraints.txt"
    pins.write_text("".join(f"{_name(wheel)} @ {wheel.as_uri()}\n" for wheel in wheels.glob("*.whl")))
    return {
        "UV_FIND_LINKS": str(wheels),
        # The names might be somebody else's elsewhere.
        "UV_CONSTRAINT": str(pins),
        "MYPY_CACHE_DIR": str(tmp_path_factory.mktemp("mypy")),
        # What checks a plugin gives its imports seconds, and all this runs beside other environments.
        "UV_COMPILE_BYTECODE": "1",
        "PYTHONDONTWRITEBYTECODE": "",
    }


def _name(wheel: Path) -> str:
    return wheel.name.partition("-")[0].replace("_", "-")


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nox keeps the environments of projects that need the same."""
    return tmp_path_factory.mktemp("environments")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_one_begins_with_passes_its_own_nox(
    kind: Kind, tools: Path, environment: dict[str, str], environments: Path, tmp_path: Path
) -> None:
    make_project(kind, names_of("weather-report"), tmp_path / "project")
    # The next plugin of the same name takes the place of the one before.
    environment_of_kind = environments / ("-".join(kind.faces) or "core")
    said = run(
        [str(tools / "nox"), "--envdir", str(environment_of_kind)], tmp_path / "project", **environment
    )
    assert "tests: success" in said
    assert "lint: success" in said
    assert "types: success" in said
    assert "Nothing to mend." in said
    assert "skipped" not in said


def test_the_style_of_a_project_does_not_depend_on_its_name(tools: Path, tmp_path: Path) -> None:
    assert max(map(len, NAMES)) == LONGEST
    for name in NAMES:
        for kind in KINDS:
            make_project(kind, names_of(name), tmp_path / name / kind.name)
    run([str(tools / "ruff"), "format", "--check", "."], tmp_path)
    run([str(tools / "ruff"), "check", "."], tmp_path)


def test_a_face_is_not_looked_at_where_its_layer_is_not_installed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    uv, core = os.environ["MICROBLOG_UV"], tmp_path / "core"
    run([uv, "venv", "--quiet", "--python", sys.executable, str(core)], tmp_path)
    install = [uv, "pip", "install", "--quiet", "--python", str(core / "bin/python"), "microblog-core"]
    run(install, tmp_path, **environment)
    make_project(kind_named("web-page"), names_of("weather-report"), tmp_path / "project")
    check = [str(core / "bin/microblog"), "plugins", "check", "project", "--json"]
    ended = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    (finding,) = json.loads(ended.stdout)
    assert (ended.returncode, finding["code"]) == (1, "MB105")
    assert "microblog-web" in finding["hint"]
