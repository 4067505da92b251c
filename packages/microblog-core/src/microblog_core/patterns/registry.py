"""Factories under keys: storages, blob stores and brokers by URL scheme, payment gateways by what they can
take.

A choice is always explicit and always explained; where two claim the same place nobody wins by coming last.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from microblog_core.contributions import GatewayFactory
from microblog_core.domain.errors import ConfigurationError, NotFound
from microblog_core.ports.gateways import Gateway

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


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen gateway, and for each that was looked at, in order, why it was taken or not."""

    factory: GatewayFactory
    explanation: tuple[str, ...]


class GatewayRegistry:
    """Payment gateways by currency, country, capabilities and priority; each is made once, on first use."""

    def __init__(self, factories: Iterable[GatewayFactory] = ()) -> None:
        # sorted() is stable: with the same priority the plugins' order decides.
        self._factories = sorted(factories, key=lambda factory: -factory.priority)
        self._made: dict[str, Gateway] = {}
        self._lock = threading.Lock()

    def choose(self, currency: str, country: str = "", capabilities: Collection[str] = ()) -> Choice:
        """The first that can, by priority. Raises `NotFound` with the explanation as its hint."""
        explanation: list[str] = []
        for factory in self._factories:
            obstacle = _obstacle(factory, currency, country, capabilities)
            explanation.append(f"{factory.name}: {obstacle or f'chosen, priority {factory.priority}'}")
            if not obstacle:
                return Choice(factory, tuple(explanation))
        raise NotFound(
            f"No payment gateway takes {currency}" + (f" in {country}." if country else "."),
            hint="; ".join(explanation) or "No plugin offers a payment gateway.",
        )

    def get(self, name: str) -> Gateway:
        """The gateway of this name. Raises `NotFound`, and what its factory raises; then the next call tries
        again.
        """
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def _make(self, name: str) -> Gateway:
        make: Callable[[], Gateway] | None = next(
            (factory.make for factory in self._factories if factory.name == name), None
        )
        if make is None:
            raise NotFound(f"There is no payment gateway {name!r}.")
        return make()


def _obstacle(factory: GatewayFactory, currency: str, country: str, capabilities: Collection[str]) -> str:
    if factory.currencies and currency not in factory.currencies:
        return f"does not take {currency}"
    if factory.countries and country and country not in factory.countries:
        return f"does not work in {country}"
    missing = sorted(set(capabilities) - factory.capabilities)
    return f"can't do {', '.join(missing)}" if missing else ""
