"""Looks at a project with plugins, without installing it: `microblog plugins check`.

Its files are read here; each of its plugins is imported and composed in a process of its own (`inspection`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec

from microblog_core.authoring.findings import Finding
from microblog_core.authoring.inspection import Result, Task
from microblog_core.authoring.reading import PluginOf, Project, read_project
from microblog_core.authoring.sources import private_imports, strange_tables

SECONDS = 60.0
"""So long one plugin may take to be imported and composed."""


def check_project(folder: Path, *, seconds: float = SECONDS) -> tuple[Finding, ...]:
    """Everything that is to be mended in the project of this folder, in the order of its files."""
    project, findings = read_project(folder)
    if project is None:
        return tuple(findings)
    findings += private_imports(project)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        results = list(pool.map(partial(_inspected, project, seconds), project.plugins))
    findings += [finding for result in results for finding in result.findings]
    # Whoever offers a storage has core's tables in it, under core's names.
    if not any("register_storages" in result.hooks for result in results):
        findings += strange_tables(project)
    return tuple(sorted(dict.fromkeys(findings), key=_position))


def _inspected(project: Project, seconds: float, plugin: PluginOf) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        task = Task(
            folder=str(project.folder.resolve()),
            sources=str(project.sources.resolve()),
            plugin=plugin,
            packages=tuple(sorted(project.packages)),
            texts=_texts(project),
            result=str(result),
        )
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "microblog_core.authoring.inspection"],
                input=msgspec.json.encode(task),
                capture_output=True,
                check=False,
                cwd=folder,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return _nothing(plugin, f"Importing and composing it did not end within {seconds:g} seconds.", b"")
        if not result.is_file():
            return _nothing(plugin, f"It ended the process (exit code {ended.returncode}).", ended.stderr)
        return msgspec.json.decode(result.read_bytes(), type=Result)


def _nothing(plugin: PluginOf, problem: str, told: bytes) -> Result:
    last = told.decode(errors="replace").strip().splitlines()[-1:]
    hint = f"It said last: {last[0]}" if last else "Find what it waits for at import, or what ends it."
    return Result(findings=(Finding(code="MB104", where=plugin.name, problem=problem, hint=hint),))


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
        f"{each.where}: {each.code} {each.problem}" + (f"\n    {each.hint}" if each.hint else "") for each in findings
    )
