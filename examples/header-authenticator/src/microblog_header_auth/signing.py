"""The header: what a proxy writes and the authenticator reads.

`v1 1767268800 ada 5f0c...`: the version, the Unix seconds, the username, and the HMAC-SHA256 in hex of
these with the request's method and path, each on a line of its own. So a header that somebody saw is good
for one address, and not for long.
"""

from __future__ import annotations

import hmac

import msgspec

_LONGEST = 400


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a header says: who, since when (Unix seconds), and with which signature."""

    username: str
    at: int
    signature: str


def sign(secret: str, username: str, *, method: str, path: str, at: int) -> str:
    """The header for a request; `path` is without the query, and decoded."""
    return f"v1 {at} {username} {_signature(secret, username, method, path, at)}"


def read(header: str) -> Claim | None:
    """What a header says, not yet whether it is true; None for what is none of ours."""
    parts = header.split(" ") if len(header) <= _LONGEST else []
    if len(parts) != 4 or parts[0] != "v1" or not (parts[1].isascii() and parts[1].isdigit()):
        return None
    return Claim(at=int(parts[1]), username=parts[2], signature=parts[3])


def is_signed(claim: Claim, secret: str, *, method: str, path: str) -> bool:
    """Whether it was signed with this secret, for this request."""
    wanted = _signature(secret, claim.username, method, path, claim.at)
    return hmac.compare_digest(wanted.encode(), claim.signature.encode("utf-8", "replace"))


def _signature(secret: str, username: str, method: str, path: str, at: int) -> str:
    said = "\n".join(("v1", str(at), method, path, username))
    return hmac.digest(secret.encode(), said.encode("utf-8", "replace"), "sha256").hex()
