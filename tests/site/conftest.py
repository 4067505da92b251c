"""Data folders with a configuration, on each storage that can be served from one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from microblog_core.testing.servers import microblog_command

MakeData = Callable[..., Path]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded database of a site that nobody used yet."""
    data = tmp_path_factory.mktemp("migrated") / "data"
    _run(data, "migrate")
    return data / "microblog.db"


@pytest.fixture(scope="module")
def make_data(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> MakeData:
    """A function that makes a data folder with this configuration, its databases migrated."""

    def make(configuration: str = "", *, sites: Sequence[str] = ("main",)) -> Path:
        data = tmp_path_factory.mktemp("site") / "data"
        _run(data, "init")
        if configuration:
            (data / "microblog.toml").write_text(configuration)
        if sites == ("main",) and "storage" not in configuration:
            shutil.copyfile(migrated, data / migrated.name)
        else:
            for site in sites:
                _run(data, "--site", site, "migrate")
        return data

    return make


def _run(data: Path, *arguments: str) -> None:
    command = microblog_command("--data", str(data), *arguments)
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
