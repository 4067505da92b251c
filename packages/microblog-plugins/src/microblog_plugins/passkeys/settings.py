"""The settings of the plugin `passkeys`, and for which addresses a site's passkeys are."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError

LOOPBACK = ("127.0.0.1", "::1")


class PasskeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.passkeys]`. It works without any where the site's address is known."""

    rp_id: str = ""
    """The domain that passkeys are for: the host of `base_url`, or a domain above it, such as `example.org`
    for `https://social.example.org`; empty: that host. Another one makes all passkeys worthless.
    """
    origins: tuple[str, ...] = ()
    """Further addresses of the site, such as `https://www.example.org`, at which passkeys are taken; below
    `rp_id`.
    """
    most: int = 20
    """How many passkeys a person may have, 1 to 100."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A site as authenticators see it: the domain (the RP ID of WebAuthn), and the origins that answers may
    come from.
    """

    rp_id: str
    origins: tuple[str, ...]


def party_of(settings: PasskeySettings, public_url: str) -> Party | None:
    """The party that a site at this address is; None where passkeys can't be used there: it has no address,
    or a bare IP address. Browsers know passkeys for `localhost`, which stands for the loopback addresses.

    Raises `ConfigurationError` for settings that can't work.
    """
    if not 1 <= settings.most <= 100:
        raise _wrong("most", "is out of range", "Use 1 to 100.")
    address = urlsplit(public_url)
    host = (address.hostname or "").lower()
    if host in LOOPBACK:
        host = "localhost"
    given = settings.rp_id.strip().lower().rstrip(".")
    if not host or _is_address(host) or not _is_secure(address.scheme, host):
        if given or settings.origins:
            raise _wrong(
                "rp_id" if given else "origins",
                "needs the site's own address",
                "Set base_url in [sites.NAME] to an address with a domain, such as https://example.org.",
            )
        return None
    rp_id = given or host
    if not _is_below(host, rp_id):
        raise _wrong("rp_id", f"is neither {host!r} nor a domain above it", f"Leave it empty, or use {host}.")
    own = _origin(address.scheme, host, address.port)
    return Party(rp_id=rp_id, origins=(own, *(_checked(each, rp_id) for each in settings.origins)))


def _checked(origin: str, rp_id: str) -> str:
    address = urlsplit(origin.strip().lower().rstrip("/"))
    host = address.hostname or ""
    try:
        port = address.port
    except ValueError:
        port = -1
    if (
        not _is_secure(address.scheme, host)
        or port == -1
        or address.path
        or address.query
        or not _is_below(host, rp_id)
    ):
        raise _wrong(
            "origins",
            f"has {origin!r}, which is no address of {rp_id!r}",
            "Write https:// and a host that is this domain or below it.",
        )
    return _origin(address.scheme, host, port)


def _origin(scheme: str, host: str, port: int | None) -> str:
    """As browsers write it: without the scheme's own port."""
    usual = {"https": 443, "http": 80}.get(scheme)
    return f"{scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def _is_below(host: str, domain: str) -> bool:
    """Whether browsers may let a page of this host use the domain. That nobody has a whole top level domain
    they see to themselves.
    """
    return host == domain or (host.endswith(f".{domain}") and "." in domain)


def _is_secure(scheme: str, host: str) -> bool:
    """Whether browsers know passkeys there at all."""
    return scheme == "https" or (scheme == "http" and (host == "localhost" or host.endswith(".localhost")))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _wrong(name: str, why: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"plugins.passkeys.{name} {why}.", hint=hint)
