"""Environments that hold built wheels and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class Environment:
    """A virtual environment of one subset."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin/python"
        self._uv(["venv", "--quiet", "--python", sys.executable, str(folder)])

    def install(self, root: Path, *requirements: str) -> None:
        into = ["--quiet", "--python", str(self.python)]
        self._uv(["pip", "install", *into, "-c", str(root / "constraints.txt"), *requirements])
        self._uv(["pip", "check", *into])

    def _uv(self, arguments: list[str]) -> None:
        command = [os.environ["MICROBLOG_UV"], *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr

    def has(self, module: str) -> bool:
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        return subprocess.run([self.python, "-I", "-c", code], check=False).returncode == 0

    def microblog(self, *arguments: str) -> str:
        ended = subprocess.run(
            [self.folder / "bin/microblog", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


def only(folder: Path, pattern: str) -> Path:
    """The one file of this name."""
    (found,) = folder.glob(pattern)
    return found


def built(wheels: Path, package: str) -> str:
    """A requirement for one of our own wheels: `core[serve]`, `web`."""
    name = package.partition("[")[0]
    return f"microblog-{package} @ {only(wheels, f'microblog_{name}-*.whl').as_uri()}"
