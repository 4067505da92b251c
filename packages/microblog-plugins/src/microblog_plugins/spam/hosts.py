"""Hosts of addresses, in the one spelling that they are compared in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit


def host_of(address: str) -> str:
    """The host that a browser would go to; empty where there is none."""
    try:
        return plain_host(unquote(urlsplit(address).hostname or ""))
    except ValueError:
        return ""


def plain_host(host: str) -> str:
    """A host in ASCII and small letters (IDNA), without a dot at either end."""
    host = unicodedata.normalize("NFKC", host).replace("。", ".").strip().strip(".").casefold()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


class Domains:
    """Domains with everything below them."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = {plain: domain for domain in domains if (plain := plain_host(domain.lstrip("*")))}

    def first_of(self, addresses: Iterable[str]) -> str:
        """The domain, as it was given, of the first address that is in one; empty for none."""
        for address in addresses:
            labels = host_of(address).split(".")
            for place in range(len(labels)):
                domain = self._domains.get(".".join(labels[place:]))
                if domain is not None:
                    return domain
        return ""
