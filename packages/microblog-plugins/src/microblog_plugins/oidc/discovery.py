"""What a provider says of itself (OpenID Connect Discovery 1.0), as far as it is used here."""

from __future__ import annotations

import msgspec

from microblog_plugins.oidc.errors import Unreachable
from microblog_plugins.oidc.settings import is_safe

WELL_KNOWN = "/.well-known/openid-configuration"


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The metadata of a provider."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


def discovery_address(issuer: str) -> str:
    """Where the metadata of an issuer is."""
    return issuer.rstrip("/") + WELL_KNOWN


def read_metadata(body: bytes, issuer: str) -> Metadata:
    """The metadata of this issuer, and of no other. Raises `Unreachable` for what is none, or would have
    secrets sent without encryption.
    """
    try:
        metadata = msgspec.json.decode(body, type=Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreachable(f"its metadata is none: {error}") from error
    if metadata.issuer != issuer:
        raise Unreachable(f"its metadata is that of {metadata.issuer[:200]!r}, not of {issuer!r}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        address = getattr(metadata, name)
        if (address or name != "userinfo_endpoint") and not is_safe(address, like=issuer):
            raise Unreachable(f"its {name} is not https")
    return metadata
