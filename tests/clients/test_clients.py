"""Every client does everything that it offers, one test each; what works is what docs/clients.md says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from . import report
from .capabilities import CAPABILITIES, NAMES
from .clients import CLIENTS, Client, Runner

WRITE = os.environ.get("MICROBLOG_CLIENTS_DOCS") == "write"
OFFERED = [
    (client, capability.name)
    for client in CLIENTS
    for capability in CAPABILITIES
    if capability.name in client.offers
]
Results = dict[tuple[str, str], bool]


@pytest.fixture(scope="session")
def known(page: Path) -> Results:
    return report.read(page)


# What the clients warn of is theirs to mend.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("client", "capability"), OFFERED, ids=[f"{client.name}-{capability}" for client, capability in OFFERED]
)
def test_it_works(
    client: Client, capability: str, running: Callable[[Client], Runner], results: Results, known: Results
) -> None:
    results[client.name, capability] = False
    try:
        running(client).check(capability)
    except Exception as problem:
        if WRITE or not known.get((client.name, capability), True):
            pytest.xfail(f"known not to work yet: {str(problem).partition(chr(10))[0]}")
        raise
    results[client.name, capability] = True


def test_the_page_says_what_works(page: Path, results: Results, offered: set[tuple[str, str]]) -> None:
    if results.keys() != offered:
        pytest.skip("only some of the checks ran")
    written = report.render(results)
    if WRITE:
        page.write_text(written)
    known = report.read(page)
    stale = {pair for pair in known.keys() | results.keys() if known.get(pair) != results.get(pair)}
    assert stale == set(), "write it anew: nox -s clients -- --write-docs"
    assert page.read_text() == written, "write it anew: nox -s clients -- --write-docs"


def test_every_check_is_for_a_capability_that_is_listed() -> None:
    assert {name for client in CLIENTS for name in client.offers} == NAMES
    assert len(NAMES) == len(CAPABILITIES)
