"""Encrypting a push for the app that subscribed: `aes128gcm` (RFC 8291 and RFC 8188) for apps that know the
final RFCs, `aesgcm` (draft-ietf-webpush-encryption-04) for the others.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD_BYTES = 4096
"""All push services take a body of this size (RFC 8030 section 7.2)."""
PLAIN_MAX = 3_900
SALT_BYTES = 16


class Encrypted(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a push, and the header fields that go with it. `dh` is what `aesgcm` has in
    `Crypto-Key`.
    """

    body: bytes
    headers: Mapping[str, str]
    dh: str = ""


def aes128gcm(
    plain: bytes,
    *,
    p256dh: bytes,
    auth: bytes,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> Encrypted:
    """Encrypt for the app with these keys; `private` and `salt` are new ones unless a test gives them.

    Raises `ValueError` for keys that are none.
    """
    own = private or ec.generate_private_key(CURVE)
    salt = salt or secrets.token_bytes(SALT_BYTES)
    mine = point_of(own)
    shared = _shared(own, p256dh)
    secret = _derived(shared, auth, b"WebPush: info\0" + p256dh + mine, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(mine)]) + mine
    # 2 says that this record is the last one.
    body = head + AESGCM(key).encrypt(nonce, plain + b"\2", None)
    return Encrypted(body=body, headers={"Content-Encoding": "aes128gcm"})


def aesgcm(plain: bytes, *, p256dh: bytes, auth: bytes) -> Encrypted:
    """Encrypt as the draft has it. Raises `ValueError` for keys that are none."""
    own = ec.generate_private_key(CURVE)
    salt = secrets.token_bytes(SALT_BYTES)
    mine = point_of(own)
    secret = _derived(_shared(own, p256dh), auth, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + b"".join(len(each).to_bytes(2, "big") + each for each in (p256dh, mine))
    key = _derived(secret, salt, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0" + context, 12)
    body = AESGCM(key).encrypt(nonce, b"\0\0" + plain, None)
    headers = {"Content-Encoding": "aesgcm", "Encryption": f"salt={b64(salt)}"}
    return Encrypted(body=body, headers=headers, dh=b64(mine))


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key of a private one: an uncompressed point, 65 bytes."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _shared(own: ec.EllipticCurvePrivateKey, p256dh: bytes) -> bytes:
    return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, p256dh))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
