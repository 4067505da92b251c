"""Shows the figures of this process at an address of its own, with as much HTTP/1.1 as a scraper needs.

It is served by the event loop that does the work: what is read for an answer needs no lock, and a process
that can't answer is seen to be down.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
from typing import TYPE_CHECKING

from prometheus_client.exposition import choose_encoder

from microblog_core.domain.errors import ConfigurationError
from microblog_plugins.prometheus.figures import Figures

if TYPE_CHECKING:
    from microblog_core.site import Site

PATH = "/metrics"
HEAD_BYTES = 16 << 10
HEAD_SECONDS = 5.0
COUNT_SECONDS = 2.0
"""How long counting the jobs of a site may take; the other figures are shown without it."""

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
}

logger = logging.getLogger("microblog.prometheus")


class Exposition:
    """The address of one process. Sites of the process come and go; the first opens it, the last closes
    it.
    """

    def __init__(self, host: str, port: int, token: str) -> None:
        self.figures = Figures()
        self.host = host
        self.port = port
        self.token = token
        self._server: asyncio.Server | None = None

    async def enter(self, site: Site) -> None:
        """Show this site's figures too. Raises `ConfigurationError` where the address is taken."""
        self.figures.present.sites.append(site)
        if self._server is not None:
            return
        try:
            self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=HEAD_BYTES)
        except OSError as error:
            self.figures.present.sites.remove(site)
            raise ConfigurationError(
                f"The figures can't be shown on {self.host}, port {self.port}: {error.strerror}.",
                hint="Each process needs its own: MICROBLOG_PLUGINS__PROMETHEUS__PORT, or WORKER_PORT.",
            ) from error
        logger.info("figures are at http://%s:%s%s", self.host, self.port, PATH)

    async def leave(self, site: Site) -> None:
        """Show this site's figures no more."""
        present = self.figures.present
        present.sites.remove(site)
        present.queues.pop(site.name, None)
        if not present.sites and self._server is not None:
            server, self._server = self._server, None
            server.close()
            await server.wait_closed()

    async def text(self, accept: str = "") -> tuple[bytes, str]:
        """The figures and their content type, in the form that `accept` asks for."""
        await asyncio.gather(*(self._count(site) for site in self.figures.present.sites))
        encode, kind = choose_encoder(accept)
        return encode(self.figures.registry), kind

    async def _count(self, site: Site) -> None:
        queues = self.figures.present.queues
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                counts = await site.ports.storage.queue.count()
        except Exception as error:
            logger.warning("The jobs of %s can't be counted: %s: %s", site.name, type(error).__name__, error)
            queues[site.name] = None
        else:
            queues[site.name] = (site.ports.clock.now(), counts)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head.decode("latin-1")))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            logger.debug("a scrape was cut off: %s", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, head: str) -> bytes:
        first, *lines = head.split("\r\n")
        method, _, rest = first.partition(" ")
        fields = {
            name.strip().lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in lines)
            if colon
        }
        status, body, kind = 200, b"", "text/plain; charset=utf-8"
        if not rest:
            status = 400
        elif not self._may_see(fields.get("authorization", "")):
            status = 401
        elif rest.split(" ")[0].partition("?")[0] != PATH:
            status = 404
        elif method not in ("GET", "HEAD"):
            status = 405
        else:
            body, kind = await self.text(fields.get("accept", ""))
        if status != 200:
            body = f"{_REASONS[status]}\n".encode()
        extra = {401: "WWW-Authenticate: Bearer\r\n", 405: "Allow: GET, HEAD\r\n"}.get(status, "")
        answer = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"Cache-Control: no-store\r\nConnection: close\r\n{extra}\r\n"
        )
        return answer.encode("latin-1") + (b"" if method == "HEAD" else body)

    def _may_see(self, authorization: str) -> bool:
        if not self.token:
            return True
        given = authorization.encode("latin-1", "replace")
        return hmac.compare_digest(given, f"Bearer {self.token}".encode())
