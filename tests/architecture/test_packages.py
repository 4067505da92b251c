"""The five distributions are alike: typed, licensed, one version, and pinned to one another."""

from __future__ import annotations

import importlib
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ["core", "web", "api", "tasks", "plugins"]


def _project(root: Path, package: str) -> dict[str, Any]:
    project = tomllib.loads((root / f"packages/microblog-{package}/pyproject.toml").read_text())["project"]
    assert isinstance(project, dict)
    return project


def test_there_are_just_these_five(root: Path) -> None:
    assert {path.name for path in (root / "packages").iterdir() if path.is_dir()} == {
        f"microblog-{package}" for package in PACKAGES
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_typed_licensed_and_described(root: Path, package: str) -> None:
    folder = root / f"packages/microblog-{package}"
    assert (folder / f"src/microblog_{package}/py.typed").is_file()
    assert (folder / "LICENSE").read_text() == (root / "LICENSE").read_text()
    assert (folder / "README.md").read_text().startswith(f"# microblog-{package}\n")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_the_one_version_everywhere(root: Path, package: str) -> None:
    version = _project(root, "core")["version"]
    project = _project(root, package)
    assert project["version"] == version
    assert getattr(importlib.import_module(f"microblog_{package}"), "__version__", version) == version
    assert metadata.version(f"microblog-{package}") == version
    extras = project.get("optional-dependencies", {}).values()
    ours = [
        requirement
        for requirement in [*project["dependencies"], *(entry for extra in extras for entry in extra)]
        if requirement.startswith("microblog-")
    ]
    assert all(requirement.endswith(f"=={version}") for requirement in ours), ours


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_claims_the_interpreters_that_are_tested(root: Path, package: str) -> None:
    project = _project(root, package)
    claimed = [line.rpartition(" ")[2] for line in project["classifiers"] if ":: Python :: 3." in line]
    assert project["requires-python"] == ">=3.11"
    assert str(claimed).replace("'", '"') in (root / "noxfile.py").read_text()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_entry_point_of_a_package_can_be_imported(root: Path, package: str) -> None:
    groups = _project(root, package).get("entry-points", {})
    for group, entries in groups.items():
        for name, target in entries.items():
            module, _, attribute = target.partition(":")
            loaded = importlib.import_module(module)
            assert not attribute or hasattr(loaded, attribute), f"{group}: {name} = {target}"
