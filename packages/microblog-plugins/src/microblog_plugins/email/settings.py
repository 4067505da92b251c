"""The settings of the plugin `email`."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP
from ipaddress import ip_address
from typing import Literal

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import Secret, check_ranges

PORTS = {"starttls": 587, "tls": 465, "none": 25}
SECONDS_MAX = 25.0
"""A job has 60 seconds, of which it may wait for 30 until others have sent theirs."""


class EmailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.email]`. Without a `host` the plugin does nothing."""

    host: str = ""
    """The mail server."""
    port: int = 0
    """Its port; 0: the usual one of `tls`."""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected: `starttls` (then it must be there), `tls` from the beginning, or not.
    """
    user: str = ""
    """Who logs in at the mail server; empty: nobody."""
    password: Secret = Secret("")
    """The user's password."""
    sender: str = ""
    """The address that mails come from, with a name if you like: `Microblog <noreply@example.org>`."""
    ca_file: str = ""
    """A file with certificates to trust besides the system's."""
    connections: int = 2
    """How many connections may be open at the same time, 1 to 20."""
    seconds: float = 20.0
    """How long one mail may take (seconds; up to 25)."""
    fold_seconds: float = 120.0
    """How long what somebody wants at once waits, so that a burst is one mail (seconds; up to 3600)."""
    digest_hour: int = 7
    """When digests go out (hour of the day, UTC)."""
    unconfirmed: bool = False
    """Whether notifications also go to addresses that nobody has confirmed."""

    @property
    def effective_port(self) -> int:
        """The port to connect to."""
        return self.port or PORTS[self.tls]


def check_settings(settings: EmailSettings) -> Address:
    """The sender's address, of settings that can work. Raises `ConfigurationError`."""
    ranges = {
        "port": 0 <= settings.port <= 65535,
        "connections": 1 <= settings.connections <= 20,
        "seconds": 0 < settings.seconds <= SECONDS_MAX,
        "fold_seconds": 0 <= settings.fold_seconds <= 3600,
        "digest_hour": 0 <= settings.digest_hour <= 23,
    }
    check_ranges("email", ranges)
    if settings.password and settings.tls == "none" and not _is_local(settings.host):
        raise ConfigurationError(
            "plugins.email would send its password in the clear.",
            hint='Set plugins.email.tls to "starttls" or "tls".',
        )
    return _sender(settings.sender)


def _sender(text: str) -> Address:
    addresses: tuple[Address, ...] = ()
    try:
        header = SMTP.header_factory("from", text)
        addresses = getattr(header, "addresses", ()) if text.isprintable() else ()
    except (ValueError, HeaderParseError, IndexError):
        pass
    if len(addresses) != 1 or not addresses[0].username or "." not in addresses[0].domain:
        raise ConfigurationError(
            "plugins.email.sender is no address.", hint='Set it, such as "Microblog <noreply@example.org>".'
        )
    return addresses[0]


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
