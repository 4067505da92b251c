"""The pattern primer as a wheel in an environment with nothing else: it runs, and its tests pass."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.compose, pytest.mark.timeout(120)]


def test_it_is_installed_alone_and_passes_its_own_tests(root: Path, tmp_path: Path) -> None:
    uv, project, environment = os.environ["MICROBLOG_UV"], root / "examples/pattern_primer", tmp_path / "env"
    _run(uv, "build", "--quiet", "--wheel", str(project), "-o", str(tmp_path))
    (wheel,) = tmp_path.glob("pattern_primer-*.whl")
    _run(uv, "venv", "--quiet", str(environment))
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--python", str(environment), str(wheel))
    said = _run(str(environment / "bin/pattern-primer"))
    assert "ten jobs took about as long as one" in said
    tests = shutil.copytree(project / "tests", tmp_path / "tests")
    _run(str(environment / "bin/python"), "-m", "unittest", "discover", str(tests))


def _run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
