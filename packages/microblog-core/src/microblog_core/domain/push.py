"""Subscriptions to Web Push (RFC 8030, RFC 8291): where an app wants to be told of notifications."""

from __future__ import annotations

import base64
import binascii
import enum

import msgspec

from microblog_core.domain.addresses import NOTHING, Allowed, check_url
from microblog_core.domain.errors import Invalid

P256DH_BYTES = 65
"""An uncompressed point on P-256: 0x04 and two coordinates."""
AUTH_BYTES = 16
TOKEN_PURPOSE = "push tokens"
"""The purpose of the secret (`Site.secret`) that access tokens are encrypted by."""
KEY_BYTES = 32
KEY_MAX = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550
"""A private key on P-256 is a number from 1 to this (SEC 2, section 2.4.2)."""
ALERTS = (
    "mention",
    "quote",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
)
"""The kinds of notifications that an app may ask for, as Mastodon names them."""


class PushPolicy(enum.StrEnum):
    """Whose doings an app is told of: everybody's, those of people followed, of followers, or nobody's."""

    ALL = "all"
    FOLLOWED = "followed"
    FOLLOWER = "follower"
    NONE = "none"


class PushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """The subscription of the access token `token_id`, which has one at most.

    `p256dh` and `auth` are the app's keys in base64url. `alerts` are those of `ALERTS` that it wants.
    `standard` says that it knows the final RFCs. `sealed_token` is the access token itself, which apps find
    in their pushes, encrypted by a key that is not stored with it; empty where it isn't known.
    """

    id: int
    token_id: int
    account_id: int
    endpoint: str
    p256dh: str
    auth: str
    alerts: tuple[str, ...] = ()
    policy: PushPolicy = PushPolicy.ALL
    standard: bool = False
    created_at: int
    sealed_token: str = ""


def check_endpoint(endpoint: str, allowed: Allowed = NOTHING) -> str:
    """Return the address if a push service may have it; raises `Invalid` with the field `endpoint`.

    A name may still lead to a private address: whoever delivers looks again at what it resolves to.
    """
    return check_url(endpoint, allowed=allowed, field="endpoint", example="https://push.example.org/...")


def check_keys(p256dh: str, auth: str) -> tuple[str, str]:
    """Return both keys as base64url without padding; raises `Invalid` with the fields `p256dh` and `auth`."""
    fields: dict[str, str] = {}
    point, secret = _decoded(p256dh), _decoded(auth)
    if point is None or len(point) != P256DH_BYTES or point[0] != 4:
        fields["p256dh"] = "Use an uncompressed P-256 public key in base64url."
    if secret is None or len(secret) != AUTH_BYTES:
        fields["auth"] = f"Use {AUTH_BYTES} bytes in base64url."
    if fields or point is None or secret is None:
        raise Invalid(fields=fields)
    return _encoded(point), _encoded(secret)


def _decoded(text: str) -> bytes | None:
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    if len(plain) > 200 or not plain.isascii():
        return None
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def check_push_policy(value: str) -> PushPolicy:
    """Read a policy from the wire; raises `Invalid` with the field `policy`."""
    try:
        return PushPolicy(value)
    except ValueError:
        raise Invalid(fields={"policy": f"Choose one of {', '.join(PushPolicy)}."}) from None
