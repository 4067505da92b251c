"""Every code block of README and docs is run, page by page, each page in a folder of its own.

`python` blocks are programs, each in a fresh interpreter. In `console` blocks the lines after `$ ` are
commands, run by bash one after the other; what follows a command is its output, where `...` stands for
anything. `toml` and `json` blocks are parsed. A comment before a block says what else is needed:

    <!-- docs: clone -->          the page's folder is a copy of the repository
    <!-- docs: file NAME -->      the block is the content of a file in the page's folder
    <!-- docs: serves URL -->     the command keeps running until the page ends; the URL must answer 200
    <!-- docs: fails -->          the program or the last command ends with an error, which is the point
    <!-- docs: run by PATH -->    too long to be repeated here: the named file of the repository runs it
    <!-- docs: same as PATH -->   the block is that file of the repository, which a test runs by itself
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from microblog_core.testing.servers import ServerProcess, answers, free_port

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w+-]*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S
)
DIRECTIVE = re.compile(r"<!-- docs: (?P<what>[^>]+?) -->\s*\Z")
CLONE = "<!-- docs: clone -->"
SECONDS = 600


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, its language, its text and what the comment before it asks for."""

    page: Path
    line: int
    language: str
    text: str
    directive: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text()
    found = []
    for match in FENCE.finditer(text):
        directive = DIRECTIVE.search(text[: match.start()])
        body = "".join(line.removeprefix(match["indent"]) for line in match["body"].splitlines(keepends=True))
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, match["language"], body, directive["what"] if directive else ""))
    return found


def commands_of(block: Block) -> Iterator[tuple[str, str]]:
    """Each command with the output that the page shows for it."""
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        lines = part.splitlines()
        command = [lines.pop(0)]
        while command[-1].endswith("\\") and lines:
            command.append(lines.pop(0))
        yield "\n".join(command), "\n".join(lines).strip()


def _matches(shown: str, printed: str) -> bool:
    pattern = ".*?".join(re.escape(piece.strip()) for piece in shown.split("..."))
    tidy = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(rf"\s*{pattern}\s*", tidy, re.S) is not None


class PageRun:
    """One page being run: its folder, and the servers that run until its end."""

    def __init__(self, folder: Path, servers: contextlib.ExitStack) -> None:
        self.folder = folder
        self._servers = servers
        self._env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
        for variable in ("CI", "PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"):
            self._env.pop(variable, None)

    def run(self, block: Block) -> None:
        what, _, argument = block.directive.partition(" ")
        if what == "file":
            target = self.folder / argument
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
        elif what == "run":
            runner = (ROOT / argument.removeprefix("by ")).read_text()
            assert all(command in runner for command, _ in commands_of(block)), (
                f"{block} is not in {argument}"
            )
        elif what == "same":
            path = argument.removeprefix("as ")
            assert block.text == (ROOT / path).read_text(), f"{block} is not {path}, which is run by itself"
        elif what == "serves":
            self._serve(block, argument)
        elif block.language == "python":
            # A file of its own, as a plugin's module is one.
            (self.folder / "a_block.py").write_text(block.text)
            self._execute(block, [sys.executable, "-X", "dev", "a_block.py"], fails=what == "fails")
        elif block.language == "console":
            self._console(block, fails=what == "fails")
        elif block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "json":
            json.loads(block.text)
        else:
            assert block.language in {"text", "html", "css"}, (
                f"{block}: nothing here can run {block.language!r}"
            )

    def _console(self, block: Block, *, fails: bool) -> None:
        commands = list(commands_of(block))
        assert commands, f"{block}: a console block has commands after '$ '"
        for number, (command, shown) in enumerate(commands, start=1):
            bash = ["bash", "-euo", "pipefail", "-c", command]
            printed = self._execute(block, bash, fails=fails and number == len(commands))
            assert not shown or _matches(shown, printed), (
                f"{block}: {command}\nshows:\n{shown}\nprinted:\n{printed}"
            )

    def _execute(self, block: Block, command: list[str], *, fails: bool) -> str:
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert (ended.returncode != 0) == fails, f"{block} ended with {ended.returncode}:\n{ended.stdout}"
        return ended.stdout

    def _serve(self, block: Block, url: str) -> None:
        *before, (last, _) = commands_of(block)
        for command, _ in before:
            self._execute(block, ["bash", "-euo", "pipefail", "-c", command], fails=False)
        port, env = urlsplit(url).port, self._env
        assert port is not None, f"{block}: {url} names no port"
        if _is_taken(port):
            # The default port may be somebody else's on this machine; one that the page names may not.
            assert str(port) not in last, f"{block}: something else listens on port {port}"
            port = free_port()
            env = {**env, "MICROBLOG_SERVER__PORT": str(port)}
        log = self.folder / f"server-{port}.log"
        server = ServerProcess(["bash", "-c", last], port, log, env=env, cwd=self.folder)
        self._servers.callback(server.kill)
        server.start(timeout=SECONDS)
        assert answers(port, urlsplit(url).path or "/", host="127.0.0.1", timeout=10), f"{block}: {url}"


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _copy_of_repository(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def pages() -> list[Path]:
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
    for pattern in ("docs/**/*.md", "packages/*/README.md", "packages/*/src/**/*.md", "examples/**/*.md"):
        found += sorted(ROOT.glob(pattern))
    return [page for page in found if blocks_of(page)]


@pytest.mark.docs
@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_code_block_of_the_page_runs(page: Path, tmp_path: Path) -> None:
    if CLONE in page.read_text():
        _copy_of_repository(tmp_path)
    with contextlib.ExitStack() as servers:
        run = PageRun(tmp_path, servers)
        for block in blocks_of(page):
            run.run(block)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_fence_of_the_page_is_recognised(page: Path) -> None:
    fences = len(re.findall(r"^ *```", page.read_text(), re.M))
    assert fences == 2 * len(blocks_of(page))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("one\ntwo", "one  \ntwo\n", True),
        ("one\n...\nthree", "one\ntwo\nthree", True),
        ("id ...", "id 12", True),
        ("one", "one\ntwo", False),
        ("one\n...", "two", False),
    ],
)
def test_shown_output_is_compared(shown: str, printed: str, same: bool) -> None:
    assert _matches(shown, printed) is same


def test_commands_and_their_output_are_told_apart() -> None:
    block = Block(ROOT / "README.md", 1, "console", "$ one \\\n    --more\nsaid\n$ two\n", "")
    assert list(commands_of(block)) == [("one \\\n    --more", "said"), ("two", "")]
