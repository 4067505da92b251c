"""Requests to one provider: with a time, a size, and a circuit breaker, and never redirected.

Providers are named by the operators, so that they may be in a network of the site's own. State belongs to
one event loop.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import httpcore2
import msgspec

from microblog_core.domain.errors import Unavailable
from microblog_core.patterns.admission import Breaker, Bulkhead, Tell
from microblog_core.patterns.resilience import Guard
from microblog_core.ports.observing import CallObserver
from microblog_plugins.oidc.errors import Unreachable

SECONDS = 4.0
"""For one request; a step of logging in makes up to three, and has 15 seconds."""
ANSWER_BYTES = 256 * 1024
FAILURES = 5
REST_SECONDS = 20.0
AT_ONCE = 8
WAITING = 32


class Answer(msgspec.Struct, frozen=True):
    """The status, and the whole body."""

    status: int
    body: bytes


class Calls:
    """Asks one provider. Observers (`seen_by`) know all of them as `oidc`."""

    def __init__(
        self,
        name: str,
        *,
        ca_file: str = "",
        seconds: float = SECONDS,
        rest: float = REST_SECONDS,
        tell: Tell | None = None,
        seen_by: CallObserver | None = None,
    ) -> None:
        self._name = name
        self._ca_file = ca_file
        self._seconds = seconds
        self._pools: dict[bool, httpcore2.AsyncConnectionPool] = {}
        self._guard = Guard(
            name,
            timeout=seconds,
            breaker=Breaker(failures=FAILURES, open_for=rest),
            bulkhead=Bulkhead(limit=AT_ONCE, queue=WAITING, wait=seconds),
            tell=tell,
            seen_by=seen_by,
            label="oidc",
        )

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET. Raises `Unreachable`, for 5xx too."""
        return await self._call("GET", url, {"accept": "application/json", **(headers or {})}, b"")

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """POST a form. Raises `Unreachable`, for 5xx too."""
        sent = {
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded",
            **headers,
        }
        return await self._call("POST", url, sent, urlencode(form).encode())

    async def close(self) -> None:
        """Close what is open."""
        while self._pools:
            _, pool = self._pools.popitem()
            await pool.aclose()

    async def _call(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        try:
            return await self._guard.call(self._ask, method, url, headers, content)
        except Unavailable as unavailable:
            raise Unreachable(unavailable.message) from unavailable

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        extensions: dict[str, Any] = {"timeout": timeouts}
        try:
            async with self._connections(url.startswith("https:")).stream(
                method, url, headers=given, content=content or None, extensions=extensions
            ) as response:
                answer = Answer(response.status, await _whole(self._name, response.aiter_stream()))
        except (
            httpcore2.NetworkError,
            httpcore2.TimeoutException,
            httpcore2.ProtocolError,
            OSError,
        ) as error:
            raise Unreachable(f"{self._name} can't be reached: {type(error).__name__}") from error
        if answer.status >= 500:
            raise Unreachable(f"{self._name} said {answer.status}")
        return answer

    def _connections(self, secure: bool) -> httpcore2.AsyncConnectionPool:
        """Certificates are read, which takes a while, once something is asked by https."""
        if secure not in self._pools:
            context = None
            if secure:
                context = ssl.create_default_context()
                if self._ca_file:
                    context.load_verify_locations(cafile=self._ca_file)
            self._pools[secure] = httpcore2.AsyncConnectionPool(
                ssl_context=context, max_connections=AT_ONCE, keepalive_expiry=5.0
            )
        return self._pools[secure]


async def _whole(name: str, chunks: AsyncIterator[bytes]) -> bytes:
    taken = bytearray()
    async for chunk in chunks:
        taken += chunk
        if len(taken) > ANSWER_BYTES:
            raise Unreachable(f"{name} sent more than {ANSWER_BYTES} bytes")
    return bytes(taken)
