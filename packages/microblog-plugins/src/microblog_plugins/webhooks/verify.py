"""Signing web hooks and, for whoever receives them, verifying: the Standard Webhooks specification
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).

    from microblog_plugins.webhooks.verify import InvalidSignature, Seen, verify

    seen = Seen()

    def receive(headers, body):                    # header fields, and the body as bytes, not decoded
        try:
            verify(headers, body, ["whsec_..."], seen=seen)
        except InvalidSignature:
            return 401
        ...
        return 204

It stands on the standard library alone, so that it can be copied.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
TOLERANCE = 300.0
"""Seconds between when it was signed and now, either way."""


class InvalidSignature(Exception):
    """This was not sent by whom it says, or not now, or it came before."""


class Seen:
    """Remembers which messages came, for as long as their time stamps hold, at most `most` of them. In one
    process; several that share a target keep the ids in what they share.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, message_id: str, *, now: float, until: float) -> bool:
        """Whether this is new; from now on it isn't."""
        while self._until and (next(iter(self._until.values())) < now or len(self._until) >= self._most):
            self._until.popitem(last=False)
        if self._until.get(message_id, now - 1) >= now:
            return False
        self._until[message_id] = until
        return True


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a message: `v1,` and the HMAC-SHA256 of id, time stamp (Unix seconds) and body.

    Raises `ValueError` for a secret that is none.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = hmac.new(_key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[str],
    *,
    now: float | None = None,
    tolerance: float = TOLERANCE,
    seen: Seen | None = None,
) -> str:
    """The id of a message that one of these secrets signed within `tolerance` seconds of `now` (Unix
    seconds), and that `seen` has not seen before. Raises `InvalidSignature`.

    A message that is tried again has the same id: remember it only when it is done with (leave `seen` out,
    and keep the ids beside your data) where a failure in between must not lose it.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = fields.get(ID, ""), fields.get(TIMESTAMP, "")
    if not message_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15):
        raise InvalidSignature("The message has no id or no time stamp.")
    moment = time.time() if now is None else now
    if abs(moment - int(stamp)) > tolerance:
        raise InvalidSignature("The message is too old, or from the future.")
    expected = [sign(secret, message_id, int(stamp), body).encode() for secret in secrets]
    given = [each.encode("utf-8", "replace") for each in fields.get(SIGNATURE, "").split()[:20]]
    # All are compared, each in constant time, so that nothing is learnt from how long it takes.
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        raise InvalidSignature("No signature of the message is by a secret that is known here.")
    if seen is not None and not seen.add(message_id, now=moment, until=moment + 2 * tolerance):
        raise InvalidSignature("The message came before.")
    return message_id


def _key_of(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"A secret is {PREFIX} and base64.") from error
