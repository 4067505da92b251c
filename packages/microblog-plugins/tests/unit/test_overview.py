"""The README of the package names every plugin in it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| \[(?P<name>\w+)\]\((?P<page>[^)]+)\) \| (?P<extra>`\w+`|-|`sql`, `postgres`) \| (?P<about>.+) \|$"
)


def test_every_plugin_has_a_row_with_its_extra_and_what_it_says_of_itself():
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    rows = [row for line in (PACKAGE / "README.md").read_text().splitlines() if (row := ROW.match(line))]
    assert [row["name"] for row in rows] == sorted(project["entry-points"]["microblog.plugins"])
    modules = {each.name: each for each in entry_points(group="microblog.plugins")}
    for row in rows:
        assert (PACKAGE / row["page"]).read_text().startswith("# ")
        assert (f"`{row['name']}`" in row["extra"]) is (row["name"] in extras)
        assert modules[row["name"]].load().PLUGIN.summary == row["about"]
    named = {extra for row in rows for extra in re.findall(r"\w+", row["extra"])}
    assert named == set(extras)
