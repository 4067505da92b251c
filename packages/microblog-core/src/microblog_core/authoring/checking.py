"""Looks at projects with plugins, without installing it: `microblog plugins check`.

Their files are read here; each plugin is imported and composed in a process of its own (`inspection`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from microblog_core.authoring.findings import Finding
from microblog_core.authoring.inspection import Result, Task
from microblog_core.authoring.reading import Project, read_project
from microblog_core.authoring.sources import private_imports, strange_tables
from microblog_core.domain.errors import PluginError

SECONDS = 60.0
"""So long a plugin may take to be imported and composed."""


def check_projects(folders: Sequence[Path], *, seconds: float = SECONDS) -> dict[Path, tuple[Finding, ...]]:
    """Everything that is to be mended in the projects of these folders, in the order of their files."""
    read = {folder: read_project(folder) for folder in folders}
    results = _inspected([project for project, _ in read.values() if project is not None], seconds)
    checked: dict[Path, tuple[Finding, ...]] = {}
    for folder, (project, findings) in read.items():
        if project is not None:
            own = [results.pop(0) for _ in project.plugins]
            findings += private_imports(project)
            findings += [finding for result in own for finding in result.findings]
            # Whoever offers a storage has core's tables in it, under core's names.
            if not any("register_storages" in result.hooks for result in own):
                findings += strange_tables(project)
        checked[folder] = tuple(sorted(dict.fromkeys(findings), key=_position))
    return checked


def check_project(folder: Path, *, seconds: float = SECONDS) -> tuple[Finding, ...]:
    """The same for one project."""
    return check_projects([folder], seconds=seconds)[folder]


def _inspected(projects: Sequence[Project], seconds: float) -> list[Result]:
    """The results of all plugins of all projects, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(project, plugin) for project in projects for plugin in project.plugins]
        tasks = [
            Task(
                folder=str(project.folder.resolve()),
                sources=str(project.sources.resolve()),
                plugin=plugin,
                packages=tuple(sorted(project.packages)),
                texts=_texts(project),
                result=str(Path(folder, f"{number}.json")),
                seconds=seconds,
            )
            for number, (project, plugin) in enumerate(pairs)
        ]
        if not tasks:
            return []
        ended = subprocess.run(
            [sys.executable, "-m", "microblog_core.authoring.inspection"],
            input=msgspec.json.encode(tasks),
            capture_output=True,
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        if ended.returncode:
            raise PluginError(
                f"The check itself failed: {ended.stderr.decode(errors='replace').strip()[-500:]}",
                hint="This is a fault of microblog-core, not of the plugin.",
            )
        return [msgspec.json.decode(Path(task.result).read_bytes(), type=Result) for task in tasks]


def _texts(project: Project) -> str:
    """What the project says to people."""
    readme = project.folder / "README.md"
    return readme.read_text(encoding="utf-8", errors="replace") if readme.is_file() else ""


def _position(finding: Finding) -> tuple[str, int, str]:
    file, _, line = finding.where.rpartition(":")
    return (file, int(line), finding.code) if line.isdecimal() else (finding.where, 0, finding.code)


def as_text(findings: Sequence[Finding]) -> str:
    """The findings for a terminal: a line that says where and what, and one that says what to do."""
    return "\n".join(
        f"{each.where}: {each.code} {each.problem}" + (f"\n    {each.hint}" if each.hint else "")
        for each in findings
    )
