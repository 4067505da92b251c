"""The walls that import-linter cannot see: what an import pulls in at run time, and "only" rules."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FOREIGN_TO_CORE = (
    "litestar",
    "sqlalchemy",
    "alembic",
    "redis",
    "obstore",
    "taskiq",
    "jinja2",
    "pydantic",
    "pytest",
)


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {name.partition(".")[0] for name in ended.stdout.split()}


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute name of everything that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports by relative path; we write the whole name"
            yield node.lineno, node.module or ""


def _strangers(folder: Path, allowed: tuple[str, ...]) -> list[str]:
    files = sorted(folder.rglob("*.py"))
    assert files, f"{folder} has no modules to look at"
    return [
        f"{file.name}:{line} imports {name}"
        for file in files
        for line, name in _imports(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)
    ]


@pytest.fixture
def core(root: Path) -> Path:
    return root / "packages/microblog-core/src/microblog_core"


@pytest.mark.parametrize("module", ["microblog_core", "microblog_core.hookspecs", "microblog_core.cli.main"])
def test_core_pulls_in_no_framework_toolkit_or_broker(module: str) -> None:
    assert _modules_after(f"import {module}") & set(FOREIGN_TO_CORE) == set()


@pytest.mark.parametrize("package", ["web", "api", "tasks", "plugins"])
def test_the_plugin_module_of_a_package_is_light_to_import(package: str) -> None:
    name = "sql.plugin" if package == "plugins" else "plugin"
    heavy = {"litestar", "sqlalchemy", "alembic", "asyncpg", "taskiq", "pydantic"}
    assert _modules_after(f"import microblog_{package}.{name}") & heavy == set()


def test_the_domain_imports_only_the_standard_library_and_msgspec(core: Path) -> None:
    assert _strangers(core / "domain", ("msgspec", "microblog_core.domain")) == []


def test_ports_import_only_the_domain_beside_the_standard_library(core: Path) -> None:
    assert _strangers(core / "ports", ("msgspec", "microblog_core.domain", "microblog_core.ports")) == []


def test_services_import_only_what_a_use_case_may_know(core: Path) -> None:
    rooms = ("domain", "ports", "patterns", "services", "contributions")
    allowed = ("msgspec", "nh3", *(f"microblog_core.{room}" for room in rooms))
    assert _strangers(core / "services", allowed) == []


def test_the_pytest_plugin_adds_nothing_heavy_to_anybodys_test_run() -> None:
    # pytest loads it in every project that has the package, before anything else.
    added = _modules_after("import pytest, microblog_core.testing.plugin") - _modules_after("import pytest")
    assert added - set(sys.stdlib_module_names) == {"microblog_core"}
    assert "asyncio" not in added
