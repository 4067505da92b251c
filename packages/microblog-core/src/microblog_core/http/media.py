"""Serves the files of a site's blob store under `/media`, beside whatever surfaces there are.

A key names its content for ever, so answers are kept for a year and compared by the key alone. Types come
from our own table by the key's ending; nothing of what people uploaded decides about them. A key is a secret
that whoever sees the post is told; who has it sees the picture, as with any picture that a browser shows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from microblog_core.contributions import Rejection, Surface
from microblog_core.domain.errors import MicroblogError, NotFound
from microblog_core.domain.media import served_type
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.pages import HTML, PlainPages
from microblog_core.http.scope import Headers, Receive, Scope, Send, header, site_of
from microblog_core.ports.blobs import SERVED_UNDER, Blob

_KEPT: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    # Pictures are shown by clients on other sites, which may look at them.
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


async def serve_media(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. Raises `NotFound`, `MethodNotAllowed`, `Unavailable`, which core answers."""
    if scope["type"] != "http":
        raise NotFound
    if scope["method"] not in ("GET", "HEAD"):
        raise MethodNotAllowed("Pictures can only be read.", hint="Use GET.")
    key = scope["path"].removeprefix(f"{SERVED_UNDER}/")
    content_type = served_type(key)
    if not content_type:
        raise NotFound("There is no picture at this address.", hint="It may have been deleted.")
    etag = b'"%s"' % key.encode("ascii")
    if etag in header(scope, b"if-none-match").encode("latin-1"):
        await send({"type": "http.response.start", "status": 304, "headers": [*_KEPT, (b"etag", etag)]})
        await send({"type": "http.response.body", "body": b""})
        return
    blob = await site_of(scope).ports.blobs.stream(key)
    headers: Headers = [
        *_KEPT,
        (b"etag", etag),
        (b"content-type", content_type.encode("ascii")),
        (b"content-length", b"%d" % blob.size),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _send_body(blob, send, wanted=scope["method"] == "GET")


async def _send_body(blob: Blob, send: Send, *, wanted: bool) -> None:
    async with contextlib.AsyncExitStack() as stack:
        close = getattr(blob.chunks, "aclose", None)
        if close is not None:
            stack.push_async_callback(close)
        if wanted:
            async for piece in blob.chunks:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _draw(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    text = f"{error.message} {error.hint}".strip()
    return Rejection(status=error.status, headers=(HTML,), body=PlainPages().message(str(error.status), text))


MEDIA = Surface(
    name="files", mounts=(SERVED_UNDER,), make_app=lambda faces: serve_media, render_error=_draw, body_limit=0
)
"""The surface that every application has."""
