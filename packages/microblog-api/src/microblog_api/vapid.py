"""The key that a site's pushes are known by (VAPID, RFC 8292), as apps and push services are told of it."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from microblog_core.ports.context import Ports
from microblog_core.services.push import read_push_key

_CACHED = "vapid:public"


async def public_key(ports: Ports) -> str:
    """The site's public key: an uncompressed point on P-256, in base64url without padding."""
    known = ports.cache.get(_CACHED)
    if isinstance(known, str):
        return known
    fill = ports.cache.fill()
    public = public_key_of(await read_push_key(ports))
    fill.put(_CACHED, public, ())
    return public


def public_key_of(private: bytes) -> str:
    """The public key that belongs to a private one."""
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
