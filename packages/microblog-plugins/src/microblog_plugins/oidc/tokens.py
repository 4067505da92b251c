"""What an ID token has to be (OpenID Connect Core 1.0, section 3.1.3.7): signed by the provider, for this
site, for this log-in, now.

Only signatures by private keys are taken: with a symmetric one, or with none, whoever knows what is public
could write tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from microblog_plugins.oidc.errors import Refused

SKEW_SECONDS = 60
"""How far the provider's clock may be off."""
SUBJECT_LENGTH = 255
"""OpenID Connect Core 1.0, section 2: longer subjects are none."""

_FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512", "Ed25519": "sha512"}
ALGORITHMS = (
    *(f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in ("256", "384", "512")),
    "Ed25519",
)
"""The algorithms that are taken, where the provider says that it signs by them."""

Key = RSAKey | ECKey | OKPKey


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is held against. `now` is in Unix seconds; `max_age`, in seconds, is 0 where it was not
    asked for.
    """

    issuer: str
    client_id: str
    nonce: str
    now: int
    algorithms: Collection[str]
    access_token: str = ""
    max_age: int = 0


class UnknownKey(Refused):
    """The provider has no such key, as far as is known: it may have a new one."""


def import_keys(document: Mapping[str, Any]) -> tuple[Key, ...]:
    """The public keys of a JWK Set; what is none, symmetric, or not for signatures is left out."""
    found: list[Key] = []
    given = document.get("keys")
    for each in given if isinstance(given, list) else ():
        if not isinstance(each, dict) or each.get("kty") not in _FAMILIES.values():
            continue
        if each.get("use", "sig") != "sig":
            continue
        try:
            key = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found.append(key)
    return tuple(found)


def read_token(token: str, keys: Sequence[Key], wanted: Wanted) -> dict[str, Any]:
    """The claims of an ID token that is as it has to be. Raises `Refused`; `UnknownKey` where the keys may be
    old.
    """
    header = _header(token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or algorithm not in wanted.algorithms:
        raise Refused(f"its ID token is signed by {algorithm!r:.40}")
    fitting = [key for key in keys if _fits(key, algorithm) and (kid is None or key.kid == kid)]
    if not fitting:
        raise UnknownKey("its ID token is signed by a key that it does not publish")
    claims = _verified(token, fitting, algorithm)
    _check(claims, wanted)
    _check_hash(claims, algorithm, wanted.access_token)
    return claims


def _header(token: str) -> Mapping[str, Any]:
    begin = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(begin + "=" * (-len(begin) % 4)))
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise Refused("its ID token is none")
    return header


def _fits(key: Key, algorithm: str) -> bool:
    return key.key_type == _FAMILIES[algorithm[:2]] and key.get("alg", algorithm) == algorithm


def _verified(token: str, keys: Sequence[Key], algorithm: str) -> dict[str, Any]:
    problem: Exception | None = None
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError) as error:
            problem = error
    raise Refused(f"its ID token's signature is wrong: {type(problem).__name__}")


def _check(claims: dict[str, Any], wanted: Wanted) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=wanted.now,
        leeway=SKEW_SECONDS,
        iss={"essential": True, "value": wanted.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": wanted.client_id},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise Refused(f"its ID token is not for here and now: {error}") from error
    if not 0 < len(claims["sub"]) <= SUBJECT_LENGTH:
        raise Refused("its ID token names nobody")
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (party is None and several) or (party is not None and party != wanted.client_id):
        raise Refused("its ID token was made for somebody else")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), wanted.nonce.encode()):
        raise Refused("its ID token is from another log-in")
    if wanted.max_age:
        shown = claims.get("auth_time")
        if isinstance(shown, bool) or not isinstance(shown, int | float):
            raise Refused("its ID token does not say when they showed who they are")
        if shown + wanted.max_age + SKEW_SECONDS < wanted.now:
            raise Refused("they showed the provider too long ago who they are")


def _check_hash(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    """The access token that came along is the one that the ID token was made with, where it says so."""
    stated = claims.get("at_hash")
    if stated is None:
        return
    name = _HASHES.get(algorithm) or _HASHES[algorithm[2:]]
    digest = hashlib.new(name, access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not hmac.compare_digest(half.encode(), str(stated).encode()):
        raise Refused("its ID token came with another access token")
