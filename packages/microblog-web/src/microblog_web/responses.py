"""Answers that are ready to send; Litestar hands them to the server as they are."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from microblog_core.http.scope import Headers, Receive, Scope, Send

PLAIN = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"private, no-store"))
PRIVATE = ((b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"private, no-store"))


class Answer:
    """A whole response; also an ASGI application that sends it."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes = b"", status: int = 200, headers: Sequence[tuple[bytes, bytes]] = PRIVATE
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = [*self.headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


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
