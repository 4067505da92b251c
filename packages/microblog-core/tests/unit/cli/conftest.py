"""The command line as a function: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from microblog_core.cli.main import cli


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a site that nobody used yet.

    Made by processes of their own: commands configure the log, which is put back as it was before each test,
    and this is before the first one.
    """
    data = tmp_path_factory.mktemp("migrated") / "data"
    program = [sys.executable, "-m", "microblog_core.cli.main", "--data", str(data)]
    for command in ("init", "migrate"):
        subprocess.run([*program, command], check=True, capture_output=True, timeout=60)
    return data


@pytest.fixture
def migrated(data: Path, migrated_folder: Path) -> None:
    """The data folder is a copy of it, for tests that are not about making one."""
    shutil.copytree(migrated_folder, data)


@pytest.fixture
def microblog(data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `microblog --data DATA ...`."""
    for name in ("MICROBLOG_DATA", "MICROBLOG_SECRET_KEY", "MICROBLOG_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **options: str) -> Result:
        return CliRunner().invoke(cli, ["--data", str(data), *arguments], **options)

    return run
