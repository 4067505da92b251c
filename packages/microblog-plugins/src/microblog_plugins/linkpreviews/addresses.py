"""Addresses of pages: one spelling for each, and which are asked at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from microblog_core.domain.addresses import URL_LENGTH
from microblog_core.ports.content import Entity

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9_])?)*")
_PORTS = {"http": 80, "https": 443}
_SAFE = "!$%&'()*+,/:;=?@[]~"
_OWN = ("mention", "tag")


def normalised(address: str) -> str:
    """An address as it is asked and kept: http or https, in ASCII, without a fragment and what is the
    default. Empty for anything else: other schemes, addresses with a user's name, hosts that can't be.
    """
    try:
        parts = urlsplit(address.strip())
        port, host = parts.port, _host(parts.hostname or "")
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host or "@" in parts.netloc or "\\" in parts.netloc:
        return ""
    where = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    path, query = quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE)
    made = urlunsplit((scheme, where, path, query, ""))
    return made if len(made) <= URL_LENGTH else ""


def joined(base: str, address: str) -> str:
    """An address that stands in a page, as `normalised`; empty for none."""
    try:
        return normalised(urljoin(base, address.strip()))
    except ValueError:
        return ""


def key_of(address: str) -> str:
    """Under what a page is kept."""
    return sha256(address.encode()).hexdigest()[:40]


def host_of(address: str) -> str:
    """The host of an address that was normalised, without the dot that may end it."""
    return (urlsplit(address).hostname or "").rstrip(".")


class Hosts:
    """Hosts with all that is below them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(_host(name.lower().strip(".")) or name.lower() for name in names if name)

    def __contains__(self, host: object) -> bool:
        parts = str(host).split(".")
        return any(".".join(parts[at:]) in self._names for at in range(len(parts)))


def links_in(entities: Iterable[Entity]) -> Iterable[str]:
    """The addresses that somebody linked to, in order; people and hashtags are none."""
    for entity in entities:
        if entity.kind not in _OWN and entity.href and (address := normalised(entity.href)):
            yield address


def _host(name: str) -> str:
    """The name in ASCII; empty for none. Raises `ValueError` for what can't be encoded."""
    if ":" in name:
        return f"[{IPv6Address(name)}]"
    ascii_name = name if name.isascii() else name.encode("idna").decode()
    ascii_name = ascii_name.lower()
    return ascii_name if _HOST.fullmatch(ascii_name.rstrip(".")) else ""
