"""The command line for the tests of every plugin, which can import what is in this folder, too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from microblog_core.cli.main import cli

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def microblog(tmp_path, monkeypatch):
    """Run `microblog --data DATA ...`."""
    for name in ("MICROBLOG_DATA", "MICROBLOG_SECRET_KEY", "MICROBLOG_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        return CliRunner().invoke(cli, ["--data", str(tmp_path / "data"), *arguments])

    return run
