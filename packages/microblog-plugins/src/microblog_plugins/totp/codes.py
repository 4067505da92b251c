"""Codes: those of an app (RFC 6238, six digits, 30 seconds, SHA-1, as all apps know them), and recovery
codes.

Nothing is stored or counted here. Moments are Unix milliseconds.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Collection, Sequence

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

STEP_MILLISECONDS = 30_000
SKEW = 1
"""How many steps an app's clock may be ahead or behind."""
RECOVERY_CODES = 10

_NONCE = 12
_RECOVERY_BYTES = 10
"""80 bits: what is stored of a code could not be guessed without the site's secret, nor with it."""


def new_secret() -> str:
    """160 bits in base32, as apps take them."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: int) -> int | None:
    """The step of time that this code is of, if it is near; None for any other code."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    otp, current, found = pyotp.TOTP(secret), now // STEP_MILLISECONDS, None
    for step in range(current - SKEW, current + SKEW + 1):
        if hmac.compare_digest(otp.generate_otp(step), code):
            found = step
    return found


def address_of(secret: str, name: str, issuer: str) -> str:
    """What the QR code holds: `otpauth://totp/...`."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def new_recovery_codes() -> tuple[str, ...]:
    """Ten, each in four groups of four letters and digits."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def recovery_hash(key: bytes, account_id: int, code: str) -> str:
    """What is stored of a recovery code: HMAC-SHA256 by the site's secret, however the code is spelt."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hmac.digest(key, f"{account_id}:{plain}".encode(), "sha256").hex()


def recovery_matches(keys: Sequence[bytes], account_id: int, code: str, stored: Collection[str]) -> str:
    """The stored hash that this code has; empty for none."""
    for key in keys:
        wanted = recovery_hash(key, account_id, code)
        for each in stored:
            if hmac.compare_digest(wanted, each):
                return each
    return ""


def seal_secret(key: bytes, account_id: int, secret: str) -> str:
    """A secret as it is stored: AES-GCM by the site's secret, bound to its account."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, secret.encode(), str(account_id).encode())
    return base64.b64encode(sealed).decode()


def open_secret(keys: Sequence[bytes], account_id: int, sealed: str) -> str:
    """The secret; empty where none of the site's keys opens it."""
    data = base64.b64decode(sealed)
    for key in keys:
        try:
            opened = AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], str(account_id).encode())
        except InvalidTag:
            continue
        return opened.decode()
    return ""
