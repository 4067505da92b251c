"""What is committed: files of a readable size, nothing of one machine, commands that agree."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

# A file over 400 lines needs an entry here with the reason why it cannot be two.
LONG_FILES: dict[str, str] = {}
LONGEST = 400
# Written in pieces, so that this file is not its own finding.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "jfrog" + ".io")
OF_ONE_MACHINE = re.compile(r"(?<![\w.~-])/(?:" + "work|root|home|Users" + r")/[\w.]")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".json",
    ".cfg",
    ".ini",
    ".yml",
    ".yaml",
    ".sh",
    "",
}


def _texts(root: Path, files: list[Path]) -> list[tuple[Path, str]]:
    return [(file, (root / file).read_text(errors="replace")) for file in files if file.suffix in TEXT]


def _commands(text: str) -> list[str]:
    return [line.removeprefix("$ ").strip() for line in text.splitlines() if "-m venv .venv &&" in line]


def test_no_file_outgrows_its_room(root: Path, repository_files: list[Path]) -> None:
    lengths = {
        file.as_posix(): len((root / file).read_text().splitlines())
        for file in repository_files
        if file.suffix == ".py"
    }
    assert {
        name: length for name, length in lengths.items() if length > LONGEST and name not in LONG_FILES
    } == {}
    assert {name for name in LONG_FILES if lengths.get(name, 0) <= LONGEST} == set(), (
        "no longer long: unlist it"
    )


def test_no_file_names_a_package_registry(root: Path, repository_files: list[Path]) -> None:
    found = [
        (str(file), host)
        for file, text in _texts(root, repository_files)
        for host in REGISTRIES
        if host in text
    ]
    assert found == []


def test_no_file_names_a_path_of_one_machine(root: Path, repository_files: list[Path]) -> None:
    found = [
        (str(file), match.group())
        for file, text in _texts(root, repository_files)
        for match in OF_ONE_MACHINE.finditer(text)
    ]
    assert found == []


def test_the_constraints_are_nothing_but_pins(root: Path) -> None:
    lines = (root / "constraints.txt").read_text().splitlines()
    pin = re.compile(r"^[a-z0-9][a-z0-9._-]*==[A-Za-z0-9.+!]+( ; .+)?$")
    assert [line for line in lines if not line.startswith("# ") and not pin.match(line)] == []
    assert not any(line.startswith("microblog-") for line in lines)


def test_every_dependency_is_pinned(root: Path) -> None:
    files = [root / "pyproject.toml", *sorted(root.glob("packages/*/pyproject.toml"))]
    wanted: set[str] = set()
    for file in files:
        content = tomllib.loads(file.read_text())
        project = content.get("project", {})
        groups = [
            project.get("dependencies", []),
            *project.get("optional-dependencies", {}).values(),
            *content.get("dependency-groups", {}).values(),
        ]
        names = (entry for group in groups for entry in group if isinstance(entry, str))
        wanted |= {
            re.split(r"[^A-Za-z0-9._-]", name, maxsplit=1)[0].lower().replace("_", "-") for name in names
        }
    pinned = {line.partition("==")[0] for line in (root / "constraints.txt").read_text().splitlines()}
    assert {name for name in wanted - pinned if not name.startswith("microblog-")} == set()


def test_ci_runs_the_very_test_command_of_the_readme(root: Path) -> None:
    serve, test = _commands((root / "README.md").read_text())
    assert serve.endswith("/nox -s serve")
    assert test.endswith("/nox -s tests")
    assert _commands((root / ".ci/run").read_text()) == [test]


def test_the_set_up_commands_are_on_the_first_screen(root: Path) -> None:
    first_screen = "\n".join((root / "README.md").read_text().splitlines()[:24])
    assert len(_commands(first_screen)) == 2
    assert "http://127.0.0.1:8000" in first_screen


def test_every_nox_session_says_in_one_line_what_it_does(root: Path) -> None:
    sessions = [
        node
        for node in ast.parse((root / "noxfile.py").read_text()).body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert len(sessions) > 10
    for session in sessions:
        text = ast.get_docstring(session) or ""
        assert text, session.name
        assert "\n" not in text, session.name


def test_ci_runs_every_session_that_checks_something(root: Path) -> None:
    script = (root / ".ci/run").read_text()
    loop = re.search(r"for session in ([\w ]+);", script)
    assert loop is not None
    checks = {"lint", "types", "pythons", "compose", "docs", "openapi", "e2e", "crawl", "kills", "clients"}
    assert set(loop[1].split()) == checks
