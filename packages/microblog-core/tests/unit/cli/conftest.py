"""The command line as a function: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from microblog_core.cli.main import cli


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def microblog(data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `microblog --data DATA ...`."""
    for name in ("MICROBLOG_DATA", "MICROBLOG_SECRET_KEY", "MICROBLOG_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **options: str) -> Result:
        return CliRunner().invoke(cli, ["--data", str(data), *arguments], **options)

    return run
