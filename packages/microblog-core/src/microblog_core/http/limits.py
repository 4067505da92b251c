"""Limits on what a request may send: the address, the header fields and the body, all in bytes."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote_to_bytes

from microblog_core.contributions import Surface
from microblog_core.domain.errors import TooLarge
from microblog_core.http.errors import BadRequest, HeadersTooLarge, UriTooLong
from microblog_core.http.scope import Message, Receive, Scope, header

TARGET_LIMIT = 8 << 10
HEADERS_LIMIT = 32 << 10
DRAIN_BYTES = 32 << 20
DRAIN_SECONDS = 5.0
DRAIN_IDLE_SECONDS = 1.0
LET_GO_SECONDS = 0.05
"""How much is read of a body that nobody wants, how long, and how long without anything coming."""
_WITH_FILES = "multipart/form-data"

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffd\ud800-\udfff]")


def check_target(scope: Scope) -> None:
    """Refuse an address that is too long or isn't UTF-8. Raises `UriTooLong`, `BadRequest`."""
    path, query = scope["path"], scope["query_string"]
    if len(path) + len(query) > TARGET_LIMIT:
        raise UriTooLong(f"This address is longer than {TARGET_LIMIT} bytes.", hint="Use a shorter one.")
    if not path.isascii() or not path.isprintable():
        _check_path(path)
    if query and (b"%" in query or not query.isascii()):
        _check_query(query)


def check_headers(total: int) -> None:
    """Refuse header fields of more than `HEADERS_LIMIT` bytes together. Raises `HeadersTooLarge`."""
    if total > HEADERS_LIMIT:
        raise HeadersTooLarge(
            f"The request's header fields are larger than {HEADERS_LIMIT} bytes together.",
            hint="Delete the cookies of this site and try again.",
        )


class BodyLimit:
    """A `receive` that stops at `limit` bytes.

    `exceeded` tells afterwards, should a framework swallow what it raised; `ended`, that all has been read.
    """

    __slots__ = ("_left", "_limit", "_receive", "ended", "exceeded")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = self._left = limit
        self.exceeded = self.ended = False

    async def __call__(self) -> Message:
        """The next message of the request. Raises `TooLarge`."""
        message = await self._receive()
        self.ended = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.exceeded = True
            raise body_too_large(self._limit)
        return message

    async def drain(self) -> None:
        """Read away what nobody has read of the body, as far as `drain` does."""
        if not self.ended:
            self.ended = True
            await drain(self._receive)


async def drain(receive: Receive) -> None:
    """Read away a body that nobody wants, before the answer goes out: a client that is still sending when the
    connection closes reports that, and never sees the answer.

    Ends at `DRAIN_BYTES`, and where the client takes too long; then the server closes the connection.
    """
    left = DRAIN_BYTES
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            more = True
            while more and left > 0:
                message = await asyncio.wait_for(receive(), DRAIN_IDLE_SECONDS)
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        # Granian lets go of the body a moment after nobody waits for it any more. Where the answer is out
        # before that, it may leave the connection open for as long as the client does.
        await asyncio.sleep(LET_GO_SECONDS)


def has_body(scope: Scope, length: bytes | None) -> bool:
    """Whether a body may come that the client sends without being asked to (RFC 9110 section 10.1.1)."""
    if any(name == b"expect" for name, _ in scope["headers"]):
        return False
    return length not in (None, b"0") or _is_chunked(scope)


def body_limit_of(surface: Surface, scope: Scope) -> int:
    """How many bytes the body of this request may have: the surface's limit, and room for uploads where it
    takes some.
    """
    at = next((path for path in (*surface.uploads, *surface.archives) if _is_below(scope["path"], path)), "")
    if not at or not header(scope, b"content-type").lower().startswith(_WITH_FILES):
        return surface.body_limit
    site = scope["state"]["site"].config
    room: int = site.upload_bytes * surface.uploads[at] if at in surface.uploads else site.archive_bytes
    return surface.body_limit + room


def _is_below(path: str, base: str) -> bool:
    return path == base or path.startswith(f"{base}/")


def body_limited(scope: Scope, receive: Receive, length: bytes | None, limit: int) -> BodyLimit | None:
    """Check the declared length; what may still grow beyond it comes back with a guard around `receive`.

    Raises `TooLarge`, and `BadRequest` for a length that is no number.
    """
    if length is not None:
        if not length.isdigit():
            raise BadRequest("The request's length can't be read.")
        if len(length) > 18 or int(length) > limit:
            raise body_too_large(limit)
        if length == b"0":
            return None
    elif scope["method"] in ("GET", "HEAD") and scope["http_version"] == "1.1" and not _is_chunked(scope):
        return None
    return BodyLimit(receive, limit)


def body_too_large(limit: int) -> TooLarge:
    """The error for a body of more than `limit` bytes."""
    return TooLarge(f"The request is larger than {limit} bytes.", hint="Send less at once.")


def _is_chunked(scope: Scope) -> bool:
    return any(name == b"transfer-encoding" for name, _ in scope["headers"])


def _check_path(path: str) -> None:
    if _CONTROL.search(path):
        raise BadRequest(
            "The address has characters that aren't valid UTF-8 text.", hint="Check the address."
        )


def _check_query(query: bytes) -> None:
    try:
        text = unquote_to_bytes(query.replace(b"+", b" "))
        text.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The query of the address isn't valid UTF-8.", hint="Check the address.") from None
    if b"\0" in text:
        raise BadRequest("The query of the address has a null character.", hint="Check the address.")
