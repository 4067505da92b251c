"""Answers that are ready to send; Litestar hands them to the server as they are."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import AsyncIterator, Sequence

from microblog_core.http.scope import Headers, Receive, Scope, Send

PLAIN = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"private, no-store"))
PRIVATE = ((b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"private, no-store"))


COMPRESSED_FROM = 1 << 10
"""Bytes; a smaller page fits into one packet as it is."""
_LEVEL, _GZIP_WINDOW = 3, 31
_ASKED_HERE = (b"same-origin", b"none")


class Answer:
    """A whole response; also an ASGI application that sends it.

    Pages for one reader are compressed where the browser says that this site or its user asked for them
    (`Sec-Fetch-Site`, W3C Fetch Metadata). What other sites make it ask for is not: there the length of what
    is private beside what they chose would tell of it (the BREACH attack).
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes = b"", status: int = 200, headers: Sequence[tuple[bytes, bytes]] = PRIVATE
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, headers = self.body, [*self.headers]
        if len(body) >= COMPRESSED_FROM and PRIVATE[0] in self.headers and _may_be_compressed(scope):
            pack = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
            body = pack.compress(body) + pack.flush()
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _may_be_compressed(scope: Scope) -> bool:
    takes = asked_here = False
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            takes = b"gzip" in value and b"gzip;q=0" not in value
        elif name == b"sec-fetch-site":
            asked_here = value in _ASKED_HERE
    return takes and asked_here


class Streamed:
    """A file to download, in pieces; an ASGI application that sends it. Nobody but the reader keeps it."""

    __slots__ = ("_chunks", "_headers")

    def __init__(
        self, chunks: AsyncIterator[bytes], content_type: bytes, name: str, *, size: int | None = None
    ) -> None:
        """`name` is what the file is called: ASCII, without quotes; `size` in bytes, if it is known."""
        self._chunks = chunks
        self._headers: Headers = [
            (b"content-type", content_type),
            (b"content-disposition", b'attachment; filename="%s"' % name.encode("ascii")),
            (b"cache-control", b"private, no-store"),
        ]
        if size is not None:
            self._headers.append((b"content-length", b"%d" % size))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with contextlib.AsyncExitStack() as stack:
            close = getattr(self._chunks, "aclose", None)
            if close is not None:
                stack.push_async_callback(close)
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            async for piece in self._chunks:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def see_other(path: str) -> Answer:
    """Go on by GET (303, RFC 9110 section 15.4.4). `path` is a local one, already checked and quoted."""
    headers = ((b"location", path.encode("ascii")), (b"cache-control", b"no-store"))
    return Answer(status=303, headers=headers)


def moved(path: str) -> Answer:
    """This is the same page under its proper address (301)."""
    return Answer(status=301, headers=((b"location", path.encode("ascii")), (b"cache-control", b"no-cache")))
