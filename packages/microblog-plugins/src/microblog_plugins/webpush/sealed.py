"""Access tokens in pushes: apps find out by them which of their accounts a push is for.

They are stored with the subscription as `microblog_api.sealed` writes them: base64url of a nonce (12 bytes)
and AES-GCM of the token under the site's secret for `domain.push.TOKEN_PURPOSE`, bound to the token's id.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from microblog_core.domain.push import PushSubscription
from microblog_plugins.webpush.encryption import from_b64

_NONCE = 12


def token_of(subscription: PushSubscription, keys: Sequence[bytes]) -> str:
    """The access token of a subscription; empty where it is not known, or no key opens it any more."""
    sealed = from_b64(subscription.sealed_token)
    for key in keys if sealed else ():
        try:
            bound = str(subscription.token_id).encode()
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound).decode()
        except (InvalidTag, ValueError):
            continue
    return ""
