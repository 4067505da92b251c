"""What is seen in a project's files without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from microblog_core.authoring.findings import Finding
from microblog_core.authoring.reading import Project
from microblog_core.plugins.tables import table_prefix

TOOLKIT = tuple(f"microblog_{name}" for name in ("core", "web", "api", "tasks", "plugins"))
_TABLE = re.compile(
    r"\bCREATE\s+(?:VIRTUAL\s+|TEMP(?:ORARY)?\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?(\w+)", re.IGNORECASE
)


def private_imports(project: Project) -> Iterator[Finding]:
    """Imports of names of Microblog that begin with `_`: they change without notice."""
    others = tuple(name for name in TOOLKIT if name not in project.packages)
    for file, tree in _trees(project):
        for node in ast.walk(tree):
            for name in _imported(node):
                parts = name.split(".")
                if parts[0] in others and any(_is_private(part) for part in parts):
                    yield Finding(
                        code="MB601",
                        where=project.place(file, getattr(node, "lineno", 0)),
                        problem=f"{name} is private: it may change or go in any version.",
                        hint="Use what has no underscore, or ask for it to be made public.",
                    )


def strange_tables(project: Project) -> Iterator[Finding]:
    """Tables in SQL whose names don't begin with the name of a plugin of this project."""
    prefixes = tuple(table_prefix(plugin.name) for plugin in project.plugins)
    for file, tree in _trees(project):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            for table in _TABLE.findall(node.value):
                if not table.startswith(prefixes):
                    yield Finding(
                        code="MB408",
                        where=project.place(file, node.lineno),
                        problem=f"The table {table!r} could be anybody's.",
                        hint=f"Call it {prefixes[0]}{table}.",
                    )


def line_of(file: Path, name: str) -> int:
    """The line in which a module first gives a name at its top level; 0 where it doesn't."""
    tree = _tree(file)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return node.lineno
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.lineno
    return 0


def for_type_checkers(file: Path) -> Iterator[tuple[str, str, str]]:
    """(module, name, called) of everything that a module imports under `if TYPE_CHECKING:`."""
    tree = _tree(file)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for inner in node.body:
                if isinstance(inner, ast.ImportFrom) and inner.module and not inner.level:
                    yield from ((inner.module, each.name, each.asname or each.name) for each in inner.names)


def _trees(project: Project) -> Iterator[tuple[Path, ast.Module]]:
    for file in project.files():
        tree = _tree(file)
        if tree is not None:
            yield file, tree


@lru_cache(maxsize=2048)
def _tree(file: Path) -> ast.Module | None:
    """None for what is no Python: importing it says that better."""
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _is_private(part: str) -> bool:
    return part.startswith("_") and not part.startswith("__")
