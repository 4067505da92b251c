"""Access tokens as push subscriptions keep them: base64url of a nonce (12 bytes) and AES-GCM of the token.

Only a token's hash is stored with the token. An app finds its token in each push, to know by it which of its
accounts that is for; so it is kept with the subscription, under a key that is not in the database.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal_token(key: bytes, token: str, token_id: int) -> str:
    """A token, readable by whoever has the key, and bound to its id."""
    nonce = secrets.token_bytes(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, token.encode(), str(token_id).encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
