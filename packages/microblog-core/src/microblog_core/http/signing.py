"""Values that go through a browser and must come back unchanged: signed by HMAC-SHA-256 and with an end to
their life.

Nothing here is encrypted: what is signed can be read by the visitor. Keys come from `Site.secret` and
`Site.secrets`.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

import msgspec

T = TypeVar("T")

_MAC_BYTES = 16


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    expires_at: int
    value: msgspec.Raw


def seal(key: bytes, value: object, *, expires_at: int, bound_to: str = "") -> str:
    """Sign a JSON value until `expires_at` (Unix milliseconds), for whoever holds `bound_to`, in letters
    safe for URLs and cookies.
    """
    sealed = _Sealed(expires_at, msgspec.Raw(msgspec.json.encode(value)))
    body = _text(msgspec.json.encode(sealed))
    return f"{body}.{_mac(key, body, bound_to)}"


def unseal(keys: Sequence[bytes], text: str, kind: type[T], *, now: int, bound_to: str = "") -> T | None:
    """The value if it was signed with one of the keys for this holder and has not expired at `now`, else
    None.
    """
    body, _, mac = text.partition(".")
    if not text.isascii() or not any(hmac.compare_digest(mac, _mac(key, body, bound_to)) for key in keys):
        return None
    try:
        sealed = msgspec.json.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Sealed)
        return msgspec.json.decode(sealed.value, type=kind) if sealed.expires_at > now else None
    except (ValueError, msgspec.DecodeError):
        return None


def _mac(key: bytes, body: str, bound_to: str) -> str:
    """Of the letters, not of what they stand for: base64 has several spellings of one value."""
    message = f"{bound_to}\0{body}".encode("utf-8", "surrogatepass")
    return _text(hmac.digest(key, message, "sha256")[:_MAC_BYTES])


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
