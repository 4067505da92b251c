"""Factories under keys: storages, blob stores and brokers by URL scheme.

A choice is always explicit and always explained; where two claim the same place nobody wins by coming last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

from microblog_core.domain.errors import ConfigurationError

F = TypeVar("F")


def scheme_of(url: str) -> str:
    """The scheme of a URL in lower case: `postgresql` for `postgresql+asyncpg://...`; empty where there is
    none.
    """
    scheme, colon, _ = url.partition(":")
    return scheme.partition("+")[0].lower() if colon else ""


def redacted(url: str) -> str:
    """A URL as it may be shown: without user, password and query."""
    return re.sub(r"://[^/?#]*@", "://***@", url).partition("?")[0]


class SchemeRegistry(Generic[F]):
    """Factories by URL scheme. `what` names them in messages (`storage`)."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._offers: dict[str, list[tuple[str, F]]] = {}

    def add(self, owner: str, schemes: Iterable[str], factory: F) -> None:
        """Offer a factory of the plugin `owner` under its schemes."""
        for scheme in schemes:
            self._offers.setdefault(scheme.lower(), []).append((owner, factory))

    def __contains__(self, scheme: str) -> bool:
        return scheme in self._offers

    def clashes(self) -> tuple[str, ...]:
        """One sentence for each scheme that several plugins offer."""
        return tuple(self._clash(scheme) for scheme, offers in self._offers.items() if len(offers) > 1)

    def choose(self, url: str) -> tuple[str, F]:
        """(owner, factory) for a URL. Raises `ConfigurationError` if nobody offers its scheme, or more than
        one does.
        """
        scheme = scheme_of(url)
        offers = self._offers.get(scheme, [])
        if len(offers) == 1:
            return offers[0]
        if offers:
            raise ConfigurationError(
                self._clash(scheme), hint="Disable one of the two plugins (plugins.disabled)."
            )
        known = ", ".join(f"{each}:" for each in sorted(self._offers)) or "none"
        raise ConfigurationError(
            f"No active plugin offers a {self._what} for {scheme or 'a URL without a scheme'}.",
            hint=f"Offered here: {known}. `microblog plugins list` shows what is missing.",
        )

    def _clash(self, scheme: str) -> str:
        owners = " and ".join(repr(owner) for owner, _ in self._offers[scheme])
        return f"The plugins {owners} both offer a {self._what} for {scheme}"
