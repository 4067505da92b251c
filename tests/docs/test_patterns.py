"""The page of patterns leads from each to its home, an example, its test and the primer; it says when not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PRIMER = {
    "Model-View-Controller": "mvc.py",
    "Singleton": "singleton.py",
    "Factory": "factory.py",
    "Strategy": "strategy.py",
    "Observer": "observer.py",
    "Decorator": "decorator.py",
    "Command": "command.py",
}


@pytest.mark.parametrize("pattern", PRIMER)
def test_each_pattern_has_all_that_leads_to_it(root: Path, pattern: str) -> None:
    page = (root / "docs/patterns.md").read_text()
    assert re.search(rf"^\| {pattern}\b", page, re.M), "it is not in the table"
    section = page.partition(f"\n## {pattern}\n")[2].partition("\n## ")[0]
    assert re.search(r"^Home: .*\]\(\.\./packages/", section, re.M)
    assert re.search(r"Proved by\s+\[test_\w+\.py\]", section)
    assert f"(../examples/pattern_primer/src/pattern_primer/{PRIMER[pattern]})" in section
    assert "```python\n" in section
    assert re.search(r"^Not (for|as|where) ", section, re.M), "it does not say when not to use it"
