"""Plugins installed for processes of their own: a folder on their path, with metadata and modules."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite(
    "faults", "fault_rows", "fault_rows_of_gates", "fault_rows_of_work", "fault_rows_of_faces"
)


class PluginFolder:
    """A folder of distributions. `env` lets a process find them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.env = {"PYTHONPATH": str(folder)}

    def add(self, name: str, **faces: str) -> None:
        """A distribution with one plugin: the source of its module for each face (`plugins`, `web`, ...)."""
        info = self._folder / f"{name}_plugin-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
        points = ""
        for face, source in faces.items():
            module = f"{name.replace('-', '_')}_{face}"
            (self._folder / f"{module}.py").write_text(PREAMBLE.format(name=name) + dedent(source))
            points += f"[microblog.{face}]\n{name} = {module}\n"
        (info / "entry_points.txt").write_text(points)


@pytest.fixture
def plugin_folder(tmp_path: Path) -> PluginFolder:
    """An empty folder for plugins."""
    folder = tmp_path / "installed"
    folder.mkdir()
    return PluginFolder(folder)


PREAMBLE = """\
import asyncio
import threading

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl

PLUGIN = Manifest(name="{name}")
"""
