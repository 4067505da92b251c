"""Which site a host belongs to. Ports don't matter: the same site may be reached by several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from microblog_core.domain.errors import ConfigurationError
from microblog_core.http.errors import BadRequest, Misdirected

if TYPE_CHECKING:
    from microblog_core.site import Site

_HOST = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Hosts:
    """The sites of a process by host.

    A single site that names no hosts answers to every host. Raises `ConfigurationError` when one of several
    sites names none, or two name the same.
    """

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites: dict[str, Site] = {}
        self._only = sites[0] if len(sites) == 1 and not sites[0].config.hosts else None
        self._known: dict[str, Site] = {}
        for site in sites:
            if not site.config.hosts and self._only is None:
                raise ConfigurationError(
                    f"the site {site.name!r} names no hosts, and there are several sites",
                    hint=f"Set sites.{site.name}.hosts.",
                )
            for host in site.config.hosts:
                taken = self._sites.setdefault(_key(host), site)
                if taken is not site:
                    raise ConfigurationError(
                        f"the host {host!r} is named by the sites {taken.name!r} and {site.name!r}",
                        hint="Name each host for one site only.",
                    )

    def find(self, host: str) -> Site:
        """The site of a Host field. Raises `BadRequest` for what can't be a host, `Misdirected` for an
        unknown one.
        """
        site = self._known.get(host)
        if site is not None:
            return site
        matched = _HOST.fullmatch(host)
        if matched is None:
            raise BadRequest("The host that was asked for can't be read.", hint="Check the address.")
        site = self._only or self._sites.get(_key(matched["name"]))
        if site is None:
            raise Misdirected(
                "There is no site at this address.",
                hint="Check the address; the operators can add the host to the site's configuration.",
            )
        if len(self._known) < 64:
            self._known[host] = site
        return site


def _key(host: str) -> str:
    name = host.partition(":")[0] if not host.startswith("[") else host
    return name.rstrip(".").lower()
