"""Links between the pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)[^)]*\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def test_every_link_to_a_file_of_the_repository_leads_there(root: Path, repository_files: list[Path]) -> None:
    pages = [file for file in repository_files if file.suffix == ".md"]
    links = [
        (page, target) for page in pages for target in LINK.findall(CODE.sub("", (root / page).read_text()))
    ]
    assert len(links) > 5
    assert [f"{page}: {target}" for page, target in links if not (root / page.parent / target).exists()] == []
