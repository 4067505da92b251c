"""The clients: what each is called, which version is used, what it offers, and how it is started.

What a client offers can be told without having it, since tests are collected where none is installed.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import javascript, mastodon_py, toot
from .checks import Checks, People
from .site import Site

HERE = Path(__file__).parent
PYTHON = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["dependency-groups"]["clients"]
JAVASCRIPT: Mapping[str, str] = json.loads((HERE / "package.json").read_text())["dependencies"]


class Runner(Protocol):
    """A client that has been started for a site."""

    def check(self, capability: str) -> None:
        """Return if the client can do it. Raises whatever went wrong."""


@dataclass(frozen=True)
class Client:
    """A client by the name that its authors use."""

    name: str
    version: str
    offers: frozenset[str]
    start: Callable[[Site, Path], Runner]


class PythonRunner:
    """Runs checks in this process, with people who log in once, at the first of them."""

    def __init__(self, site: Site, folder: Path, new_person: NewPerson, checks: Checks) -> None:
        self._site, self._folder, self._new_person, self._checks = site, folder, new_person, checks
        self._people: People | None = None

    def check(self, capability: str) -> None:
        self._checks[capability](self._logged_in())

    def _logged_in(self) -> People:
        if self._people is None:
            names = (self._site.sign_up(stem) for stem in ("ann", "ben", "cem"))
            people = [self._new_person(self._site, name, self._folder) for name in names]
            self._people = People(*people, site=self._site)
        return self._people


NewPerson = Callable[[Site, str, Path], object]


def _in_python(name: str, new_person: NewPerson, checks: Checks) -> Client:
    distribution = name.lower().replace(".", "-")
    pin = next(entry for entry in PYTHON if isinstance(entry, str) and entry.startswith(distribution))
    version = pin.partition("==")[2]
    return Client(
        name,
        version,
        frozenset(checks),
        lambda site, folder: PythonRunner(site, folder, new_person, checks),
    )


def _in_javascript(name: str) -> Client:
    return Client(
        name,
        JAVASCRIPT[name],
        javascript.offered(name),
        lambda site, folder: javascript.JavaScriptRunner(name, site, folder),
    )


CLIENTS = (
    _in_python("Mastodon.py", mastodon_py.log_in, mastodon_py.CHECKS),
    _in_python("toot", toot.log_in, toot.CHECKS),
    _in_javascript("masto"),
    _in_javascript("megalodon"),
)
