"""Makes a project to begin with: the templates of a kind, with the plugin's names filled in.

A template is the file itself with `$names` in it (`string.Template`), under its own name with `.tmpl` behind.
"""

from __future__ import annotations

import tempfile
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from microblog_core import __version__
from microblog_core.authoring.kinds import Kind
from microblog_core.authoring.names import Names
from microblog_core.domain.errors import Conflict

ENDING = ".tmpl"
SOURCE = "src/package"
"""Where templates have the import package, which is called after the plugin."""


def files_of(kind: Kind, names: Names) -> dict[str, str]:
    """The files of a new project: content by path, with `/` between folders."""
    values = _values(kind, names)
    made = {f"src/{names.package}/py.typed": ""}
    templates = resources.files("microblog_core.authoring") / "templates"
    for folder in ("project", kind.name):
        for path, template in _walk(templates / folder, ""):
            place = path.removesuffix(ENDING).replace(SOURCE, f"src/{names.package}", 1)
            made[place] = Template(template.read_text(encoding="utf-8")).substitute(values)
    return dict(sorted(made.items()))


def make_project(kind: Kind, names: Names, folder: Path) -> tuple[str, ...]:
    """Write a new project into `folder`, all of it or nothing, and return the paths of its files.

    Raises `Conflict` where the folder exists and isn't empty, and `OSError`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "is not empty" if folder.is_dir() else "is a file"
        raise Conflict(
            f"{folder} exists and {what}; nothing was written.",
            guard="folder",
            hint="Name another folder with --to; it is made.",
        )
    files = files_of(kind, names)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        whole = Path(beside, "whole")
        for path, content in files.items():
            file = whole / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        whole.rename(folder)
    return tuple(files)


def _values(kind: Kind, names: Names) -> dict[str, str]:
    faces = "".join(
        f'\n[project.entry-points."microblog.{face}"]\n{names.plugin} = "{names.package}.{face}"\n'
        for face in kind.faces
    )
    return {
        "plugin": names.plugin,
        "package": names.package,
        "distribution": names.distribution,
        "title": names.title,
        "scope": names.scope,
        "does": kind.does,
        "kind": kind.name,
        "page": kind.page,
        "faces": faces,
        "needs": _listed(f"microblog-core>={__version__}", *kind.needs),
        "options": "".join(f', "{option}"' for option in kind.options),
        "tests": _listed("microblog-core[testing]", "pytest>=9", *kind.tests),
    }


def _listed(*requirements: str) -> str:
    return ", ".join(f'"{requirement}"' for requirement in sorted(requirements))


def _walk(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for each in folder.iterdir():
        inner = f"{path}/{each.name}".lstrip("/")
        found += _walk(each, inner) if each.is_dir() else [(inner, each)] if inner.endswith(ENDING) else []
    return found
