"""What the tests of composition share: plugins that are really installed, in a folder of their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., str]


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a distribution with one plugin: `install_plugin("name", "source of its module")`; gives the
    module's name.
    """
    monkeypatch.syspath_prepend(str(tmp_path))
    modules: set[str] = set()

    def install(
        name: str,
        source: str = "",
        *,
        group: str = "microblog.plugins",
        distribution: str = "",
        metadata: str = "",
        module: str = "",
        version: str = "1.0",
    ) -> str:
        package = module or f"installed_{name.replace('-', '_')}"
        distribution = distribution or f"dist-{name}"
        if source:
            (tmp_path / f"{package}.py").write_text(_PREAMBLE + dedent(source))
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{metadata}"
        )
        with (info / "entry_points.txt").open("a") as points:
            points.write(f"[{group}]\n{name} = {package}\n")
        importlib.invalidate_caches()
        modules.add(package)
        return package

    yield install
    for package in modules:
        sys.modules.pop(package, None)


_PREAMBLE = """\
from microblog_core.contributions import *
from microblog_core.hookspecs import hookimpl
from microblog_core.plugins import implements

"""
