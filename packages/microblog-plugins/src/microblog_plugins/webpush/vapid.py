"""Who pushes (VAPID, RFC 8292): a token for the push service, signed by the site's key."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from microblog_plugins.webpush.encryption import CURVE, b64, point_of

LIFE_SECONDS = 12 * 3600
"""RFC 8292 section 2: no more than 24 hours."""


class Signer:
    """Signs for one site. `private` is its key as `services.push.read_push_key` gives it; `contact` is how
    its operator can be reached, an address that begins with `mailto:` or `https:`.
    """

    def __init__(self, private: bytes, contact: str) -> None:
        self._private = ec.derive_private_key(int.from_bytes(private, "big"), CURVE)
        self._contact = contact
        self.public = b64(point_of(self._private))

    def token(self, endpoint: str, *, now: int) -> str:
        """A JSON Web Token for the push service of this address; `now` is Unix milliseconds."""
        parts = urlsplit(endpoint)
        claims: dict[str, object] = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": now // 1000 + LIFE_SECONDS,
        }
        if self._contact:
            claims["sub"] = self._contact
        head = b64(msgspec.json.encode({"typ": "JWT", "alg": "ES256"}))
        signed = f"{head}.{b64(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
