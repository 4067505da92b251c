"""Who the visitor is where a proxy stands in front: `X-Forwarded-*` is believed from trusted addresses only.

The proxies are named in the configuration (`server.proxies`) as addresses or networks. From anybody else
the fields are ignored: a visitor could write anything into them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

from microblog_core.domain.errors import ConfigurationError

_REMEMBERED = 4096


class Origin(NamedTuple):
    """Where a request comes from: the visitor's address, `http` or `https`, and the host that was asked
    for.
    """

    address: str
    scheme: str
    host: str


class Proxies:
    """The trusted proxies. Raises `ConfigurationError` for what is neither an address nor a network."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = tuple(_network(text) for text in trusted)
        self._known: dict[str, bool] = {}

    def trusts(self, address: str) -> bool:
        """Whether this network address is one of ours."""
        if not self._networks:
            return False
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[address] = self._look_up(address)
        return known

    def resolve(
        self, origin: Origin, forwarded_for: str, forwarded_proto: str, forwarded_host: str
    ) -> Origin:
        """What a trusted proxy says the request was; call it only if `trusts(origin.address)`.

        The visitor is the last address of `X-Forwarded-For` that is no proxy of ours; what stands before
        it, anybody may have written. Of the other fields the last value counts, which the nearest proxy
        wrote.
        """
        address = origin.address
        for candidate in reversed(forwarded_for.split(",")):
            parsed = _parse_address(candidate.strip())
            if parsed is None:
                break
            address = parsed
            if not self.trusts(parsed):
                break
        scheme = forwarded_proto.rpartition(",")[2].strip().lower()
        host = forwarded_host.rpartition(",")[2].strip()
        return Origin(address, scheme if scheme in ("http", "https") else origin.scheme, host or origin.host)

    def _look_up(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._networks)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ConfigurationError(
            f"server.proxies: {text!r} is neither an address nor a network",
            hint="Write for example 127.0.0.1 or 10.0.0.0/8.",
        ) from None


def _parse_address(text: str) -> str | None:
    """An address without the port that some proxies add, None for what is none."""
    for candidate in (text, text.rpartition(":")[0].strip("[]") if ":" in text else ""):
        try:
            return str(ipaddress.ip_address(candidate.strip("[]")))
        except ValueError:
            continue
    return None
