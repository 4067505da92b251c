"""The table in docs/clients.md: made from what the clients could do, read back as what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .capabilities import CAPABILITIES, Capability
from .clients import CLIENTS

Results = Mapping[tuple[str, str], bool]
WORKS, FAILS, ABSENT = "yes", "fails", "-"

_HEAD = """\
# Which clients work, and what they can do

Four clients that know nothing of Microblog log in to a real server, through the pages that a person sees, and
use what they offer. What they write is read back, by another person where that matters. `nox -s clients` runs
them all and compares this table; `nox -s clients -- --write-docs` writes it anew.

{versions}

*yes*: it works. *fails*: it is known not to work yet. *-*: the client does not offer it.
"""
_TIERS = {
    "T1": "## Log in, read and post",
    "T2": "## Everyday use",
}


def render(results: Results) -> str:
    """The whole page. `results` has every capability that a client offers."""
    versions = "\n".join(f"- {client.name} {client.version}" for client in CLIENTS)
    parts = [_HEAD.format(versions=versions)]
    for tier, title in _TIERS.items():
        heads = ["capability", *(client.name for client in CLIENTS), "calls"]
        lines = [title, "", _row(heads), _row(["---"] * len(heads))]
        lines += [
            _row(
                [
                    capability.name,
                    *(_cell(results, client.name, capability) for client in CLIENTS),
                    f"`{capability.calls}`",
                ]
            )
            for capability in CAPABILITIES
            if capability.tier == tier
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def read(page: Path) -> dict[tuple[str, str], bool]:
    """What the page says: whether each client can do what it offers; nothing where there is no page."""
    known: dict[tuple[str, str], bool] = {}
    names = {capability.name for capability in CAPABILITIES}
    for line in page.read_text().splitlines() if page.is_file() else ():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) == len(CLIENTS) + 2 and cells[0] in names:
            for client, cell in zip(CLIENTS, cells[1:-1], strict=True):
                if cell != ABSENT:
                    known[client.name, cells[0]] = cell == WORKS
    return known


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(results: Results, client: str, capability: Capability) -> str:
    worked = results.get((client, capability.name))
    return ABSENT if worked is None else WORKS if worked else FAILS
