"""The pattern primer stands on the standard library alone, and its own tests pass there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def _python(example: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python without any installed package (`-S`)."""
    env = {**os.environ, "PYTHONPATH": str(example / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-W", "error", *arguments]
    return subprocess.run(command, cwd=example, env=env, capture_output=True, text=True, check=False)


def test_its_own_tests_pass_with_nothing_installed(root: Path) -> None:
    ran = _python(root / "examples/pattern_primer", "-m", "unittest", "discover", "tests")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    # `unittest` ends well without having found any.
    found = re.search(r"^Ran (\d+) tests", ran.stderr, re.M)
    assert found is not None and int(found[1]) >= 20, ran.stderr


def test_every_module_says_when_not_to_use_its_pattern(root: Path) -> None:
    source = root / "examples/pattern_primer/src/pattern_primer"
    modules = sorted(path for path in source.glob("*.py") if not path.stem.startswith("__"))
    assert len(modules) == 8
    for module in modules:
        docstring = module.read_text().split('"""')[1]
        assert "\nNot " in docstring, module.name
