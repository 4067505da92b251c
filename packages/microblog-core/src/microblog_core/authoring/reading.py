"""Reads the project of a plugin: its entry points and its files. Nothing of it is imported here."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from microblog_core.authoring.findings import Finding
from microblog_core.plugins.discovery import CORE_FACE, SURFACES

FACE_GROUPS = (CORE_FACE, "microblog.web", "microblog.api", "microblog.tasks")
GROUPS = (*FACE_GROUPS, SURFACES)
FILE = "pyproject.toml"


class PluginOf(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin of a project: the module of each face, by entry point group, and what its check is
    configured with.
    """

    name: str
    faces: Mapping[str, str]
    settings: Mapping[str, Any] = {}


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project with plugins. `sources` is the folder that its packages are in."""

    folder: Path
    sources: Path
    plugins: tuple[PluginOf, ...]

    @property
    def packages(self) -> frozenset[str]:
        """The import packages that the entry points name."""
        targets = (target for plugin in self.plugins for target in plugin.faces.values())
        return frozenset(target.partition(":")[0].partition(".")[0] for target in targets)

    def files(self) -> Iterator[Path]:
        """The Python files of these packages."""
        for package in sorted(self.packages):
            yield from sorted((self.sources / package).rglob("*.py"))
            if (self.sources / f"{package}.py").is_file():
                yield self.sources / f"{package}.py"

    def place(self, file: Path, line: int = 0) -> str:
        """Where something is: the file in the project, and the line."""
        try:
            inner = file.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            inner = str(file)
        return f"{inner}:{line}" if line else inner


def read_project(folder: Path) -> tuple[Project | None, list[Finding]]:
    """The project in a folder, None where there is nothing to go on from, and what is wrong with it."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        return None, [
            _wrong("MB101", f"{folder / FILE} can't be read: {error.strerror}.", "Name a project's folder.")
        ]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [_wrong("MB101", f"It is no TOML: {error}.", "Correct that line.")]
    groups = _table(_table(content, "project"), "entry-points")
    findings = [_unknown(group, text) for group in groups if _is_misspelt(group)]
    faces: dict[str, dict[str, str]] = {}
    for group in FACE_GROUPS:
        for name, target in _table(groups, group).items():
            faces.setdefault(name, {})[group] = str(target)
    if not faces:
        what = "No entry point in [project.entry-points] names a plugin."
        hint = 'Add [project.entry-points."microblog.plugins"] with NAME = "PACKAGE.plugin".'
        return None, [*findings, _wrong("MB102", what, hint)]
    settings = _table(_table(_table(content, "tool"), "microblog"), "settings")
    plugins = tuple(
        PluginOf(name=name, faces=found, settings=_table(settings, name)) for name, found in faces.items()
    )
    sources = folder / "src" if (folder / "src").is_dir() else folder
    project = Project(folder=folder, sources=sources, plugins=plugins)
    return project, [*findings, *_untyped(project)]


def _untyped(project: Project) -> Iterator[Finding]:
    for package in sorted(project.packages):
        inside = project.sources / package
        if inside.is_dir() and not (inside / "py.typed").is_file():
            yield Finding(
                code="MB106",
                where=project.place(inside),
                problem=f"{package} has no file py.typed: type checkers ignore its types.",
                hint="Add an empty file py.typed beside __init__.py.",
            )


def _is_misspelt(group: str) -> bool:
    return group not in GROUPS and group.lower().replace("_", "-").startswith("microblog")


def _unknown(group: str, text: str) -> Finding:
    near = difflib.get_close_matches(group, GROUPS, n=1)
    line = next((number for number, line in enumerate(text.splitlines(), 1) if group in line), 0)
    return Finding(
        code="MB103",
        where=f"{FILE}:{line}" if line else FILE,
        problem=f"Nobody reads the entry point group {group!r}.",
        hint=f"Did you mean {near[0]}?" if near else f"The groups are {', '.join(GROUPS)}.",
    )


def _wrong(code: str, problem: str, hint: str) -> Finding:
    return Finding(code=code, where=FILE, problem=problem, hint=hint)


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key, {})
    return found if isinstance(found, dict) else {}
