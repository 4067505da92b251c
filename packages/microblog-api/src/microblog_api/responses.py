"""How the API writes its answers: JSON by msgspec, with the header fields that all of them share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from litestar import Request, Response

from microblog_api import cors, limits
from microblog_core.http.scope import Headers, Message, Scope, Send, header

_encoder = msgspec.json.Encoder()
_PRIVATE = (b"cache-control", b"private, no-store")


def json_response(
    value: object, *, media_type: str = "application/json", status: int = 200, link: str = ""
) -> Response[bytes]:
    """A value as JSON in UTF-8. `link` is what `paging.link_header` says."""
    headers = {"link": link} if link else None
    return Response(_encoder.encode(value), media_type=media_type, status_code=status, headers=headers)


def public_response(
    request: Request[Any, Any, Any], value: object, *, media_type: str = "application/json"
) -> Response[bytes]:
    """A value that is the same for everybody, with a weak ETag: 304 without a body where the client has it
    (RFC 9110 section 13.1.2). Whoever keeps it asks first, since it may change the next moment.
    """
    body = _encoder.encode(value)
    etag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "no-cache"}
    known = header(request.scope, b"if-none-match")  # type: ignore[arg-type]
    if known and (known.strip() == "*" or etag in (tag.strip() for tag in known.split(","))):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, media_type=media_type, headers=headers)


def shared_fields(scope: Mapping[str, Any]) -> Headers:
    """The header fields that every answer to this request carries, errors included."""
    return [*cors.fields(scope.get("path", "")), *limits.fields(scope)]


def completing(scope: Scope, send: Send) -> Send:
    """A `send` that adds the shared fields, and keeps caches away from whatever doesn't say otherwise."""

    async def complete(message: Message) -> None:
        if message["type"] == "http.response.start":
            given: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
            headers = [*given, *shared_fields(scope)]
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append(_PRIVATE)
            message["headers"] = headers
        await send(message)

    return complete
