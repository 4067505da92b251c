"""What a configuration may not say of its sites, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from microblog_core.config_payments import check_payments
from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.polls import OPTIONS_MIN, OPTIONS_MOST
from microblog_core.domain.rules import Rule
from microblog_core.domain.statistics import zone_of

if TYPE_CHECKING:
    from microblog_core.config import SiteConfig


def check_hosts(sites: Sequence[SiteConfig]) -> None:
    """That sites share neither hosts nor data. Raises `ConfigurationError`."""
    owners: dict[str, str] = {}
    storages: dict[str, str] = {}
    folders: dict[str, str] = {}
    for site in sites:
        if len(sites) > 1 and not site.hosts:
            raise ConfigurationError(
                f"sites.{site.name}.hosts is empty.", hint="With several sites each must name its hosts."
            )
        for host in site.hosts:
            if owners.setdefault(host, site.name) != site.name:
                raise ConfigurationError(
                    f"sites.{owners[host]}.hosts and sites.{site.name}.hosts both name {host}.",
                    hint="A host belongs to one site.",
                )
        own = site.storage if not site.storage.startswith("memory:") else ""
        if own and storages.setdefault(own, site.name) != site.name:
            raise ConfigurationError(
                f"sites.{storages[own]}.storage and sites.{site.name}.storage are the same.",
                hint="Sites share no rows: give each its own database.",
            )
        files = site.blobs if not site.blobs.startswith("memory:") else ""
        if files and folders.setdefault(files, site.name) != site.name:
            raise ConfigurationError(
                f"sites.{folders[files]}.blobs and sites.{site.name}.blobs are the same.",
                hint="Sites share no files: give each its own folder.",
            )


def check_site(site: SiteConfig, where: str, rules: Sequence[Rule]) -> None:
    """What a site says, at `where` in the file. Raises `ConfigurationError`."""
    if site.base_url and not re.fullmatch(r"https?://[^/?#\s]+", site.base_url):
        raise ConfigurationError(
            f"{where}.base_url must be an address such as https://example.org.",
            hint="Leave path and query out.",
        )
    if not 1 <= site.post_length <= 100_000:
        raise ConfigurationError(f"{where}.post_length is out of range.", hint="Use 1 to 100000 characters.")
    if not OPTIONS_MIN <= site.poll_options <= OPTIONS_MOST:
        raise ConfigurationError(
            f"{where}.poll_options is out of range.", hint=f"Use {OPTIONS_MIN} to {OPTIONS_MOST}."
        )
    _check_sizes(site, where)
    _check_times(site, where)
    _check_timezone(site, where)
    check_payments(site.payments, f"{where}.payments")
    for name, (times, seconds) in site.rates.items():
        if times < 1 or not 0 < seconds <= 366 * 86400:
            raise ConfigurationError(
                f"{where}.rates.{name} is out of range.",
                hint="Use two numbers: how many times in how many seconds.",
            )
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise ConfigurationError(
            f"{where}.rules: two of them have the same id.", hint="A rule without one has its number."
        )
    if not 0 < site.plugins.time_budget <= 600:
        raise ConfigurationError(
            f"{where}.plugins.time_budget is out of range.", hint="Use up to 600 seconds, more than 0."
        )
    contradictory = sorted(set(site.plugins.required) & set(site.plugins.disabled))
    if contradictory:
        raise ConfigurationError(
            f"{where}.plugins: {contradictory[0]} is both required and disabled.", hint="Take it out of one."
        )


def _check_sizes(site: SiteConfig, where: str) -> None:
    if not 1 << 10 <= site.upload_bytes <= 1 << 30:
        raise ConfigurationError(
            f"{where}.upload_bytes is out of range.", hint="Use 1024 to 1073741824 bytes; 16777216 are 16 MB."
        )
    if not 1 << 20 <= site.archive_bytes <= 1 << 40:
        raise ConfigurationError(
            f"{where}.archive_bytes is out of range.",
            hint="Use 1048576 to 1099511627776 bytes; 1073741824 are 1 GB.",
        )
    for cap in ("media_cap_bytes", "media_cap_per_person"):
        if getattr(site, cap) < 0:
            raise ConfigurationError(
                f"{where}.{cap} is out of range.", hint="Use a number of bytes, or 0 for no limit."
            )


def _check_times(site: SiteConfig, where: str) -> None:
    if not 0 <= site.undo_seconds <= 600:
        raise ConfigurationError(f"{where}.undo_seconds is out of range.", hint="Use 0 to 600 seconds.")
    if not 0 <= site.address_days <= 3660:
        raise ConfigurationError(f"{where}.address_days is out of range.", hint="Use 0 to 3660 days.")
    if not 0 <= site.campaign_grace <= 86400:
        raise ConfigurationError(f"{where}.campaign_grace is out of range.", hint="Use 0 to 86400 seconds.")


def _check_timezone(site: SiteConfig, where: str) -> None:
    try:
        zone_of(site.timezone)
    except LookupError:
        raise ConfigurationError(
            f"{where}.timezone: {site.timezone!r} is no time zone that this machine knows.",
            hint="Write an IANA name such as Europe/Berlin; where the machine knows none, install tzdata.",
        ) from None
