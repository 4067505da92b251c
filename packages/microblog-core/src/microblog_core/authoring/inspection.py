"""The plugins of a project, each imported and composed in a process of its own: nothing that one does stays.

`checking` starts it with a list of `Task` as JSON on standard input; each `Result` goes into the file that
its task names. Core is imported once, and has no framework in it; what comes with a plugin is the plugin's.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

import msgspec

from microblog_core.authoring.findings import Finding
from microblog_core.authoring.reading import PluginOf, Project
from microblog_core.authoring.sources import line_of
from microblog_core.authoring.watching import PROBLEMS, Watch
from microblog_core.plugins.discovery import CORE_FACE

FRAMEWORKS = frozenset(
    {"aiohttp", "alembic", "django", "fastapi", "flask", "jinja2", "litestar", "pydantic", "sqlalchemy"}
    | {"starlette", "taskiq", "microblog_api", "microblog_tasks", "microblog_web"}
)
"""What only some processes run; a core face that imports one of them has all processes import it."""
EXAMINING = (
    "MB104",
    "MB105",
    "MB201",
    "MB202",
    "MB203",
    "MB204",
    "MB205",
    "MB301",
    "MB302",
    "MB303",
    "MB305",
)
"""With one of these a plugin can't be composed, and they say why better than composition would."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at, for at most `seconds`. `texts` are what the project says to people; `result`
    is a file.
    """

    folder: str
    sources: str
    plugin: PluginOf
    packages: tuple[str, ...]
    texts: str
    result: str
    seconds: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, and which hooks of core contributed something."""

    findings: tuple[Finding, ...]
    hooks: tuple[str, ...] = ()


class Inspection:
    """Everything about one plugin that shows when it is imported."""

    def __init__(self, task: Task) -> None:
        self.plugin = task.plugin
        self.texts = task.texts
        self.modules: dict[str, object] = {}
        self.findings: list[Finding] = []
        self._packages = task.packages
        self._project = Project(folder=Path(task.folder), sources=Path(task.sources), plugins=(task.plugin,))

    def run(self) -> Result:
        """Import the faces one by one, and go on as far as that makes sense."""
        sys.path.insert(0, str(self._project.sources.resolve()))
        self._import_all(Watch(self._project.sources))
        if not self.modules:
            return Result(findings=tuple(self.findings))
        from microblog_core.authoring.composed import Composed

        composed = Composed(self)
        self.findings += composed.declared()
        hooks: tuple[str, ...] = ()
        if not any(finding.code in EXAMINING for finding in self.findings):
            self.findings += composed.contributed()
            hooks = composed.hooks
        return Result(findings=tuple(self.findings), hooks=hooks)

    def _import_all(self, watch: Watch) -> None:
        before = _top_level()
        for group in sorted(self.plugin.faces, key=lambda group: (group != CORE_FACE, group)):
            if not _has_layer(group):
                layer = group.removeprefix("microblog.")
                self.add(
                    "MB105",
                    self.plugin.name,
                    f"The face {group} can't be looked at: nothing here brings the layer {layer!r}.",
                    f"Install microblog-{layer} beside it.",
                )
                continue
            target = self.plugin.faces[group]
            try:
                with watch.watching():
                    self.modules[group] = _load(target)
            except BaseException as error:
                self._failed(target, error)
            if group == CORE_FACE and group in self.modules:
                self._look_at_weight(target, _top_level() - before)
        for code, file, line in watch.heard:
            problem, hint = PROBLEMS[code]
            self.add(code, self._project.place(Path(file), line), problem, hint)

    def _look_at_weight(self, target: str, brought: set[str]) -> None:
        heavy = sorted((brought & FRAMEWORKS).difference(self._packages))
        if heavy:
            self.add(
                "MB602",
                self.module_place(CORE_FACE),
                f"Importing the core face {target} imports {', '.join(heavy)}: so does every process.",
                "Import it inside the function that needs it, or in the face of the layer that has it.",
            )

    def _failed(self, target: str, error: BaseException) -> None:
        hint = "Correct it; the interpreter says no more than that."
        if isinstance(error, ModuleNotFoundError):
            name = (error.name or "").partition(".")[0]
            hint = f"Install {name} here, too: what is checked is imported."
            if name in self._packages or not name:
                hint = "Correct the entry point in pyproject.toml, or the import."
        elif not isinstance(error, Exception):
            hint = "A module that is imported must not end the process."
        where = self.error_place(error) or f"pyproject.toml ({target})"
        self.add("MB104", where, f"{target} doesn't import: {type(error).__name__}: {error}.", hint)

    def add(self, code: str, where: str, problem: str, hint: str) -> None:
        """One finding more."""
        self.findings.append(Finding(code=code, where=where, problem=problem, hint=hint))

    def module_place(self, group: str, name: str = "") -> str:
        """Where a face is, or what has this name in it."""
        file = getattr(self.modules.get(group), "__file__", None)
        if file is None:
            return self.plugin.name
        return self._project.place(Path(file), line_of(Path(file), name) if name else 0)

    def place(self, thing: object) -> str:
        """Where a function of the project is."""
        code = getattr(getattr(thing, "__wrapped__", thing), "__code__", None)
        return self._project.place(Path(code.co_filename), code.co_firstlineno) if code else self.plugin.name

    def error_place(self, error: BaseException) -> str:
        """The last line of the project that an error went through; empty where there is none."""
        if isinstance(error, SyntaxError) and error.filename:
            return self._project.place(Path(error.filename), error.lineno or 0)
        frames = traceback.extract_tb(error.__traceback__)
        return self.last_place((frame.filename, frame.lineno or 0) for frame in frames)

    def last_place(self, lines: Iterator[tuple[str, int]]) -> str:
        """The last of these lines that is in the project; empty where there is none."""
        sources = str(self._project.sources.resolve()) + os.sep
        inside = [(file, line) for file, line in lines if file.startswith(sources)]
        return self._project.place(Path(inside[-1][0]), inside[-1][1]) if inside else ""


def _top_level() -> set[str]:
    return {name.partition(".")[0] for name in sys.modules}


def _has_layer(group: str) -> bool:
    layer = group.removeprefix("microblog.")
    return group == CORE_FACE or bool(importlib.metadata.entry_points(group=group, name=layer))


def _load(target: str) -> object:
    module, _, attribute = target.partition(":")
    loaded: object = importlib.import_module(module)
    for part in filter(None, attribute.split(".")):
        loaded = getattr(loaded, part)
    return loaded


def look_at(task: Task) -> None:
    """Do one task, and end the process: threads that the plugin left behind are not waited for."""
    result = Inspection(task).run()
    Path(task.result).write_bytes(msgspec.json.encode(result))
    os._exit(0)


def main() -> None:
    """Do the tasks of standard input, as many at the same time as there are processors."""
    from microblog_core.testing.sites import site_with

    # Everything of core is imported by this, once for all the processes that are forked.
    site_with()
    tasks = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Task])
    kinds = multiprocessing.get_all_start_methods()
    multiprocessing.set_start_method("fork" if "fork" in kinds else "spawn")
    waiting, running = list(reversed(tasks)), list[Running]()
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            running.append(Running(waiting.pop()))
        soonest = min(each.ends_at for each in running) - time.monotonic()
        wait([each.process.sentinel for each in running], timeout=max(0.0, soonest))
        running = [each for each in running if not each.over()]
    os._exit(0)


class Running:
    """A task that is being done."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.ends_at = time.monotonic() + task.seconds
        self.process = multiprocessing.Process(target=look_at, args=(task,), daemon=True)
        self.process.start()

    def over(self) -> bool:
        """Whether it ended, by itself or because its time was over; then there is a result."""
        code = self.process.exitcode
        if code is None:
            if time.monotonic() < self.ends_at:
                return False
            self.process.kill()
            limit = f"{self._task.seconds:g} seconds"
            _nothing(self._task, f"Importing and composing it did not end within {limit}.")
        elif not Path(self._task.result).is_file():
            _nothing(self._task, f"It ended its process, with the exit code {code}.")
        return True


def _nothing(task: Task, problem: str) -> None:
    hint = "Find what it waits for at import, or what ends the process."
    finding = Finding(code="MB104", where=task.plugin.name, problem=problem, hint=hint)
    Path(task.result).write_bytes(msgspec.json.encode(Result(findings=(finding,))))


if __name__ == "__main__":
    main()
