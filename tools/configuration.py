"""Writes the reference of all settings into docs/configuration.md; `--check` only says whether it is there.

    python -m tools.configuration

Plugins of others that happen to be installed are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from microblog_core.config_reference import as_toml, core_tables, plugin_tables
from microblog_core.plugins.discovery import OWN_DISTRIBUTIONS

PAGE = Path(__file__).resolve().parents[1] / "docs/configuration.md"
BEGIN, END = "<!-- reference: begin -->\n```toml\n", "```\n<!-- reference: end -->\n"


def written(page: str) -> str:
    """The page with the reference as it is now. Raises `ValueError` where it has no place for it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the reference")
    tables, unknown = plugin_tables()
    if unknown:
        raise ValueError(f"not everything is installed: {unknown[0]}")
    ours = [each for each in tables if each.distribution in OWN_DISTRIBUTIONS]
    return f"{before}{BEGIN}{as_toml([*core_tables(), *ours]).rstrip()}\n{END}{after}"


def main(*options: str) -> int:
    """Write the page, or check it. Returns the exit code."""
    now = PAGE.read_text(encoding="utf-8")
    right = written(now)
    if now == right:
        return 0
    if "--check" in options:
        sys.stderr.write(f"{PAGE.name} is not up to date: run `python -m tools.configuration`.\n")
        return 1
    PAGE.write_text(right, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
