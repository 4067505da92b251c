"""The command line as a function: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from microblog_core.cli.main import cli


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def microblog(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run `microblog --data DATA ...`; the log is put back as it was."""
    for name in ("MICROBLOG_DATA", "MICROBLOG_SECRET_KEY", "MICROBLOG_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in list(logging.root.manager.loggerDict)}

    def run(*arguments: str, **options: str) -> Result:
        return CliRunner().invoke(cli, ["--data", str(data), *arguments], **options)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
    logging.captureWarnings(False)
