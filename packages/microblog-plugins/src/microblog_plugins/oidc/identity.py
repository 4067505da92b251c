"""Who somebody is for a provider, and whether they may come in by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from microblog_core.domain.accounts import EMAIL_LENGTH
from microblog_core.i18n import mark
from microblog_plugins.oidc.errors import Refused
from microblog_plugins.oidc.settings import ProviderSettings

TEXT_LENGTH = 200


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Issuer and subject say who it is; everything else may change and be given to others, and is a
    suggestion.
    """

    issuer: str
    subject: str
    username: str = ""
    email: str = ""
    email_confirmed: bool = False

    @property
    def shown(self) -> str:
        """What the person knows this identity by."""
        return self.username or self.email or self.subject[:40]


def wants_userinfo(settings: ProviderSettings, claims: Mapping[str, Any]) -> bool:
    """Whether the ID token leaves out what the provider's userinfo may tell."""
    wanted = {settings.username_claim, "email", *settings.required}
    return any(name not in claims for name in wanted)


def identity_of(settings: ProviderSettings, claims: Mapping[str, Any]) -> Identity:
    """The identity that claims tell. Raises `Refused`, with a message for the person, where the site's rules
    for the provider don't let it in.
    """
    email = _text(claims.get("email"))
    # Some say it as a text.
    said = claims.get("email_verified")
    confirmed = bool(email) and (settings.trust_emails or said is True or said == "true")
    found = Identity(
        issuer=settings.issuer,
        subject=claims["sub"],
        username=_text(claims.get(settings.username_claim)),
        email=email if len(email) <= EMAIL_LENGTH else "",
        email_confirmed=confirmed,
    )
    domains = {domain.casefold() for domain in settings.email_domains}
    _, at, domain = email.casefold().rpartition("@")
    if domains and not (confirmed and at and domain in domains):
        raise Refused(mark("Your account there has no confirmed e-mail address that this site lets in."))
    for name, value in settings.required.items():
        if value not in _values(claims.get(name)):
            raise Refused(mark("Your account there is not among those that this site lets in."))
    return found


def _values(value: object) -> list[str]:
    """A claim as the texts that it may be compared with."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int):
        return [str(value)]
    return [text for each in value for text in _values(each)] if isinstance(value, list) else []


def _text(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return text[:TEXT_LENGTH] if text.isprintable() else ""
