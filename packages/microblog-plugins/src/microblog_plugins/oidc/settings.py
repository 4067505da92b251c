"""The settings of the plugin `oidc`."""

from __future__ import annotations

import enum
import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import Secret

NAME_LENGTH = 30
LABEL_LENGTH = 60

_NAME = re.compile(rf"[a-z0-9][a-z0-9_]{{0,{NAME_LENGTH - 1}}}")


class SignUps(enum.StrEnum):
    """Whether who comes from a provider may make an account."""

    NO = "no"
    YES = "yes"
    INVITED = "invited"


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider. Its name in the configuration is part of the addresses by which people log in."""

    issuer: str
    """The provider's issuer, as it names itself: `https://id.example.org`. Discovery begins there."""
    client_id: str
    """What the provider knows this site by."""
    client_secret: Secret = Secret("")
    """The secret that the provider gave with `client_id`; empty for a client that has none."""
    label: str = ""
    """What people call it: "Log in with ..."; its name where empty."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    """What is asked of the provider; `openid` is always among them."""
    sign_up: SignUps = SignUps.NO
    """Whether who comes the first time may make an account: no, yes (by the site's own rules), or invited
    (with an invitation, also where the site is open).
    """
    username_claim: str = "preferred_username"
    """The claim that is offered as the username; people may change it."""
    email_domains: tuple[str, ...] = ()
    """Domains of confirmed addresses; who has none of these is refused. Empty: everybody."""
    required: dict[str, str] = {}
    """Claims that have to have this value, or this value in their list; who lacks one is refused."""
    trust_emails: bool = False
    """Whether addresses are confirmed also where the provider does not say so (`email_verified`)."""
    max_age: int = 0
    """How long ago (seconds) somebody may have shown the provider who they are, at each log-in; 0: it doesn't
    matter.
    """
    ca_file: str = ""
    """A file of certificates to trust besides the system's."""


class OidcSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.oidc]`. Each `[plugins.oidc.providers.NAME]` is one way to log in."""

    providers: dict[str, ProviderSettings] = {}
    """The providers by name: small letters, digits and `_`."""


def check_settings(settings: OidcSettings) -> None:
    """Raises `ConfigurationError` for what can't work."""
    issuers: dict[str, str] = {}
    for name, provider in settings.providers.items():
        where = f"plugins.oidc.providers.{name}"
        if _NAME.fullmatch(name) is None:
            raise ConfigurationError(
                f"{where} can't be part of an address.",
                hint=f"Use 1 to {NAME_LENGTH} small letters, digits and underscores.",
            )
        _check_provider(where, provider)
        same = issuers.setdefault(f"{provider.issuer}\0{provider.client_id}", name)
        if same != name:
            raise ConfigurationError(f"{where} is the same provider as {same}.", hint="Keep one of the two.")


def _check_provider(where: str, provider: ProviderSettings) -> None:
    if not is_safe(provider.issuer) or urlsplit(provider.issuer).query:
        raise ConfigurationError(
            f"{where}.issuer is not the address of a provider.",
            hint="Give it as the provider does, with https; http is for providers on this machine alone.",
        )
    if not provider.client_id:
        raise ConfigurationError(f"{where}.client_id is empty.", hint="The provider gives one.")
    if len(provider.label) > LABEL_LENGTH or not provider.label.isprintable():
        raise ConfigurationError(
            f"{where}.label can't be shown.", hint=f"Use at most {LABEL_LENGTH} characters on one line."
        )
    if any(not scope or any(letter.isspace() for letter in scope) for scope in provider.scopes):
        raise ConfigurationError(f"{where}.scopes holds one that is none.", hint="Scopes have no spaces.")
    if provider.max_age < 0:
        raise ConfigurationError(f"{where}.max_age is negative.", hint="Use seconds, or 0.")
    if provider.ca_file and not Path(provider.ca_file).is_file():
        raise ConfigurationError(f"{where}.ca_file is no file.", hint="Name a file of certificates in PEM.")


def is_safe(address: str, *, like: str = "") -> bool:
    """Whether an address may be asked: https, or http on this machine, and that only where `like` (the
    issuer, if it is given) is so, too.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not address.isprintable():
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _is_loopback(host) and (not like or like.startswith("http://"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
