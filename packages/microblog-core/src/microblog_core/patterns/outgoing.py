"""Requests to addresses that people gave: push services, web hooks, links in posts.

A name is resolved once, all that it resolves to has to be public (or allowed by the settings), and the
connection goes to what was looked at, so that a name can't lead elsewhere in between. The certificate is
still that of the name. Redirects are answers like others to `post`; `get` follows a few, each looked at like
the first address. Proxies of the environment are not used, no cookies and referrers are kept or sent, and an
answer has its time and its size.

Each host has a guard: it hangs or fails for itself alone. State belongs to one event loop.

It stands on httpcore2, of the extra `outgoing`.
"""

from __future__ import annotations

import asyncio
import email.utils
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import httpcore2
import msgspec

from microblog_core.domain.addresses import NOTHING, URL_LENGTH, Allowed, is_public
from microblog_core.patterns.admission import Breaker, Bulkhead, Circuit, Refused, Tell
from microblog_core.patterns.resilience import Guard, Guards, TooSlow
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.observing import CallObserver

SECONDS = 10.0
ANSWER_BYTES = 16 * 1024
HOSTS_MAX = 1_000
FAILURES = 5
REST_SECONDS = 30.0
AT_ONCE = 4
"""Requests to one host at the same time. As many wait for up to `WAIT_SECONDS`, others are told to come back.
"""
WAIT_SECONDS = 1.0
RESOLVERS = 16
ADDRESSES_TRIED = 3
RETRY_AFTER_MAX = 24 * 3600.0
REDIRECTS = 3
LOW_PORTS = (80, 443)
"""Below 1024 only these are asked with GET: the others belong to services that are no web servers."""
_LEADS_ON = (301, 302, 303, 307, 308)
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


class ForbiddenTarget(Permanent):
    """The address leads to a place that the site calls for nobody."""

    code = "forbidden_target"


class TooManyRedirects(Permanent):
    """The address leads on and on."""

    code = "too_many_redirects"


class ServerFailed(Temporary):
    """The host said 5xx, the `status`."""

    def __init__(self, host: str, status: int, retry_after: float | None) -> None:
        super().__init__(f"{host} said {status}.", retry_after=retry_after)
        self.status = status


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a host said: the status, header fields by their names in lower case, and the beginning of the
    body; `whole` says that this is all of it. `url` is where it comes from, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    whole: bool = True
    url: str = ""

    @property
    def media_type(self) -> str:
        """What the body is said to be, in lower case and without parameters: `text/html`."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the host wants to be asked again (RFC 9110 section 10.2.3), a day at most;
        None if it did not say.
        """
        said = self.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            seconds = float(said[:9])
        else:
            try:
                seconds = email.utils.parsedate_to_datetime(said).timestamp() - time.time()
            except (ValueError, TypeError, OverflowError):
                return None
        return min(max(seconds, 0.0), RETRY_AFTER_MAX)


class Outgoing:
    """Sends requests, one guard for each host. `ca_file` names certificates to trust besides the system's.
    Observers (`seen_by`) know all hosts by the one `label`.
    """

    def __init__(
        self,
        *,
        allowed: Allowed = NOTHING,
        seconds: float = SECONDS,
        at_once: int = AT_ONCE,
        rest: float = REST_SECONDS,
        ca_file: str = "",
        tell: Tell | None = None,
        seen_by: CallObserver | None = None,
        label: str = "",
    ) -> None:
        self._seconds = seconds
        self._ca_file = ca_file
        self._backend = _GuardedBackend(allowed)
        self._pool: httpcore2.AsyncConnectionPool | None = None

        def make(host: str) -> Guard:
            return Guard(
                host,
                timeout=seconds,
                breaker=Breaker(failures=FAILURES, open_for=rest, ignored=(Permanent,)),
                bulkhead=Bulkhead(limit=at_once, queue=at_once, wait=WAIT_SECONDS),
                tell=tell,
                seen_by=seen_by,
                label=label,
            )

        self._guards = Guards(make, most=HOSTS_MAX)

    def circuit(self, url: str) -> Circuit:
        """Whether the host of this address is called, left alone, or tried."""
        return self._guards.of(_host_of(url)).circuit

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        """POST, and what came of it, whatever the status is but 5xx. Raises `ForbiddenTarget`, and
        `Temporary` where the host is left alone for now (by `Refused`), can't be reached, hangs, or fails
        (`ServerFailed`).
        """
        return await self._guarded("POST", url, headers, content, _some)

    async def get(
        self,
        url: str,
        *,
        takes: Collection[str],
        limit: int,
        headers: Mapping[str, str] | None = None,
        redirects: int = REDIRECTS,
        allow: Callable[[str], bool] | None = None,
    ) -> Answer:
        """GET, through so many redirects, and what came of it, whatever the status is but 5xx.

        Of a 200 whose media type is one of `takes` at most `limit` bytes are read, of everything else none;
        what is encoded (gzip) counts as something else, for nothing is decoded here. `allow` is asked about
        this address and each that it leads to. Each has the time of one request, and none is begun when that
        is over.

        Raises as `post`, `ForbiddenTarget` also for an address that is not http or https, has a user's name,
        a port below 1024 that is none of `LOW_PORTS`, or is not allowed, and `TooManyRedirects`.
        """
        asking = {**(headers or {}), "accept-encoding": "identity"}
        until = time.monotonic() + self._seconds

        async def read(answer: Answer, chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
            encoded = answer.headers.get("content-encoding", "identity").strip().lower() != "identity"
            if answer.status != 200 or encoded or answer.media_type not in takes:
                return b"", False
            return await _beginning(chunks, limit)

        for _ in range(redirects + 1):
            _check(url, allow)
            answer = await self._guarded("GET", url, asking, None, read)
            led_to = answer.headers.get("location", "") if answer.status in _LEADS_ON else ""
            if not led_to:
                return answer
            if time.monotonic() >= until:
                raise Temporary(f"{_host_of(url)} did not answer in {self._seconds:g} seconds.")
            url = _next(url, led_to)
        raise TooManyRedirects(f"{_host_of(url)} leads on and on.")

    async def close(self) -> None:
        """Close what is open."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()
        self._backend.close()

    async def _guarded(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, read: _Read
    ) -> Answer:
        guard = self._guards.of(_host_of(url))
        try:
            return await guard.call(self._ask, method, url, headers, content, read)
        except Refused as refused:
            raise Temporary(refused.message, retry_after=refused.retry_after) from refused
        except TooSlow as late:
            raise Temporary(late.message) from late

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, read: _Read
    ) -> Answer:
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        extensions: dict[str, Any] = {"timeout": timeouts}
        try:
            async with self._connections().stream(
                method, url, headers=given, content=content, extensions=extensions
            ) as response:
                answer = Answer(
                    status=response.status,
                    headers={
                        name.decode("latin-1").lower(): value.decode("latin-1")
                        for name, value in response.headers
                    },
                    url=url,
                )
                body, whole = await read(answer, response.aiter_stream())
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            # Not what the other side wrote: it may be anything.
            raise Temporary(f"{_host_of(url)} can't be reached: {type(error).__name__}.") from error
        except OSError as error:
            raise Temporary(f"{_host_of(url)} can't be reached: {type(error).__name__}.") from error
        if answer.status >= 500:
            raise ServerFailed(_host_of(url), answer.status, answer.retry_after)
        return msgspec.structs.replace(answer, body=body, whole=whole)

    def _connections(self) -> httpcore2.AsyncConnectionPool:
        if self._pool is None:
            context = ssl.create_default_context()
            if self._ca_file:
                context.load_verify_locations(cafile=self._ca_file)
            # Not kept: a kept connection could outlive what its name was allowed for.
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=context,
                max_connections=None,
                max_keepalive_connections=0,
                network_backend=self._backend,
            )
        return self._pool


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to nothing that was not looked at. Names are resolved in threads of its own: those of the
    process have better to do than to wait for somebody's name server.
    """

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._inner = httpcore2.AnyIOBackend()
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="outgoing")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        found = await self._resolve(host, port)
        if not self._allowed.name(host):
            for address in found:
                if not (is_public(address) or self._allowed.address(address)):
                    raise ForbiddenTarget(f"{host} is not on the public internet.")
        problem: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in found[:ADDRESSES_TRIED]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        raise problem

    async def _resolve(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} can't be resolved") from error
        return list(dict.fromkeys(found))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def close(self) -> None:
        """Resolve no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in found]


_Read = Callable[[Answer, AsyncIterator[bytes]], Awaitable[tuple[bytes, bool]]]
"""Reads of a body what is wanted, and says whether that is all of it."""


async def _some(answer: Answer, chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    return await _beginning(chunks, ANSWER_BYTES)


async def _beginning(chunks: AsyncIterator[bytes], limit: int) -> tuple[bytes, bool]:
    # Not joined bytes: an answer may come byte by byte.
    taken = bytearray()
    async for chunk in chunks:
        taken += chunk
        if len(taken) > limit:
            return bytes(taken[:limit]), False
    return bytes(taken), True


def _check(url: str, allow: Callable[[str], bool] | None) -> None:
    """Raises `ForbiddenTarget` for what is not asked with GET."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenTarget("This is no address.") from None
    plain = url.isascii() and url.isprintable() and not {" ", "\\"} & set(url)
    if not plain or len(url) > URL_LENGTH or parts.scheme not in ("http", "https"):
        raise ForbiddenTarget("Only addresses with http and https are asked.")
    if not parts.hostname or "@" in parts.netloc:
        raise ForbiddenTarget("The address names no host, or a user.")
    if port is not None and port < 1024 and port not in LOW_PORTS:
        raise ForbiddenTarget(f"{parts.hostname} has no web server at port {port}.")
    if allow is not None and not allow(url):
        raise ForbiddenTarget(f"{parts.hostname} is not asked here.")


def _next(url: str, led_to: str) -> str:
    """Where a redirect leads, without what only browsers look at."""
    try:
        return urldefrag(urljoin(url, quote(led_to, safe=_URL_SAFE, encoding="latin-1"))).url
    except ValueError:
        raise ForbiddenTarget(f"{_host_of(url)} leads to what is no address.") from None


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
