"""Which addresses of others the site may call: what people give it is hostile until it is known to be public.

A name that looks public may lead anywhere: whoever connects looks at what it resolves to
(`patterns.outgoing`), and connects to that very address.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from microblog_core.domain.errors import Invalid

URL_LENGTH = 2_048
_NAT64 = IPv6Network("64:ff9b::/96")
_INTERNAL = frozenset({"localhost", "local", "internal", "lan", "home", "arpa"})


@lru_cache(4096)
def network_of(address: str) -> str:
    """The network that an IP address is in, /24 or /48: where somebody comes from without who it is. Empty
    for what is no address.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet's. What holds another address in it (mapped,
    translated, tunnelled) is as public as that one; tunnels are never.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.sixtofour is not None or found.teredo is not None or found.is_site_local:
            return False
        inner = found.ipv4_mapped
        if inner is None and found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


class Allowed:
    """What may be called although it is not public, and without TLS: host names, addresses and networks
    (`10.1.0.0/16`). For intranets and tests; names are taken as they are, whatever they resolve to.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        self._networks = []
        for entry in entries:
            try:
                self._networks.append(ip_network(entry, strict=False))
            except ValueError:
                self._names.add(_name(entry))

    def name(self, host: str) -> bool:
        """Whether this host of a URL is allowed by its name or as the address that it is."""
        return _name(host) in self._names or self.address(host)

    def address(self, address: str) -> bool:
        """Whether an IP address is allowed."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(found in network for network in self._networks)


NOTHING = Allowed()


def check_url(url: str, *, allowed: Allowed = NOTHING, field: str = "url", example: str) -> str:
    """Return an address that the site may call; raises `Invalid` with this field."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid(fields={field: f"Use an address such as {example}"}) from None
    exempt = bool(host) and allowed.name(host)
    readable = url.isascii() and url.isprintable() and " " not in url
    problem = ""
    if len(url) > URL_LENGTH:
        problem = f"Use at most {URL_LENGTH} characters."
    elif not host or not readable or parts.scheme not in (("https", "http") if exempt else ("https",)):
        problem = f"Use an address such as {example}"
    elif parts.username is not None or parts.password is not None or parts.fragment:
        problem = "Use an address without a name, a password or a fragment."
    elif not exempt and _is_private(host):
        problem = "Use an address on the public internet."
    if problem:
        raise Invalid(fields={field: problem})
    return url


def _is_private(host: str) -> bool:
    name = _name(host)
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        pass
    else:
        return not is_public(name)
    last = name.rpartition(".")[2]
    # What ends in a number is an address in another spelling (0x7f.1, 2130706433).
    numeric = last.isdigit() or last.startswith("0x")
    return numeric or "." not in name or last in _INTERNAL


def _name(host: str) -> str:
    return host.rstrip(".").lower()
