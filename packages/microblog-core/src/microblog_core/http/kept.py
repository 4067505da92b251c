"""Answers for anonymous readers as ready bytes: kept with an ETag and a compressed twin, dropped when what
they show changes.

Nothing in them depends on who asks: no cookie is set, no token is inside. Surfaces serve them before any
routing.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterable
from hashlib import blake2b

from microblog_core.http.scope import Scope, Send
from microblog_core.ports.cache import Cache

_GZIP_LEVEL = 5
HTML = b"text/html; charset=utf-8"


class KeptPage:
    """One answer, ready to send. `vary` names the request's fields that tell who asks; `fields` are further
    header fields. `cache_control` is for answers that others must not keep. From `until` (Unix milliseconds)
    on it is not right any more, whatever has changed by then.
    """

    __slots__ = ("_common", "_gzipped", "_gzipped_headers", "_headers", "_plain", "etag", "until")

    def __init__(
        self,
        body: bytes,
        *,
        content_type: bytes = HTML,
        vary: bytes = b"accept-encoding, cookie",
        fields: Iterable[tuple[bytes, bytes]] = (),
        cache_control: bytes = b"no-cache",
        until: int | None = None,
    ) -> None:
        self.until = until
        self.etag = b'W/"%s"' % blake2b(body, digest_size=12).hexdigest().encode()
        self._plain = body
        self._common = (
            (b"content-type", content_type),
            # It may have changed the next moment: keep it, but ask first.
            (b"cache-control", cache_control),
            (b"vary", vary),
            (b"etag", self.etag),
            *fields,
        )
        self._headers = (*self._common, (b"content-length", b"%d" % len(body)))
        self._gzipped: bytes | None = None
        self._gzipped_headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def size(self) -> int:
        """Bytes that it may come to, its compressed twin included."""
        return len(self._plain) * 4 // 3

    def holds(self, now: int) -> bool:
        """Whether it is still right at this moment (Unix milliseconds), as far as time goes."""
        return self.until is None or now < self.until

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer a request: 304 where the reader has this very page, compressed where they take that."""
        accepts_gzip = False
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepts_gzip = b"gzip" in value and b"gzip;q=0" not in value
            elif name == b"if-none-match" and (self.etag in value or value.strip() == b"*"):
                await send({"type": "http.response.start", "status": 304, "headers": self._common[1:]})
                await send({"type": "http.response.body", "body": b""})
                return
        if accepts_gzip:
            body, fields = self._compressed(), self._gzipped_headers
        else:
            body, fields = self._plain, self._headers
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _compressed(self) -> bytes:
        if self._gzipped is None:
            packed = self._gzipped = gzip.compress(self._plain, _GZIP_LEVEL, mtime=0)
            self._gzipped_headers = (
                *self._common,
                (b"content-encoding", b"gzip"),
                (b"content-length", b"%d" % len(packed)),
            )
        return self._gzipped


class KeptPages:
    """Makes the kept pages of one site, each once even where many ask at the same time."""

    def __init__(self) -> None:
        self._making: dict[str, asyncio.Event] = {}

    async def get_or_make(
        self, cache: Cache, key: str, make: Callable[[], Awaitable[tuple[KeptPage, Iterable[str] | None]]]
    ) -> KeptPage:
        """The page of this key. `make` gives it and the cache tags of everything it shows; None where the
        page must not be kept.
        """
        if (made := self._making.get(key)) is not None:
            await made.wait()
            # It may have been made from what was there before a change that this reader has seen: only what
            # the cache still holds is known to be right, and of what ends by itself not even that.
            kept = cache.get(key)
            if isinstance(kept, KeptPage) and kept.until is None:
                return kept
        done = self._making[key] = asyncio.Event()
        try:
            fill = cache.fill()
            page, tags = await make()
            if tags is not None:
                fill.put(key, page, tags, size=page.size)
            return page
        finally:
            done.set()
            if self._making.get(key) is done:
                del self._making[key]
