"""The application that a server runs: one straight line from a request to the surface that answers it.

In order: request id, proxy fields, limits, surface, host, what other processes changed, the surface, and on
the way back security headers, cookies, the request's id and the access log. What it adds to a request is
measured in microseconds; put nothing here that isn't needed by every request of every surface.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

from microblog_core.contributions import AsgiApp, Rejection, Surface
from microblog_core.domain.errors import MicroblogError, NotFound, Unavailable
from microblog_core.http import access_log, health
from microblog_core.http.account_pages import ACCOUNT_PAGES
from microblog_core.http.challenge_script import CHALLENGES
from microblog_core.http.deadlines import Deadlines, Waiting
from microblog_core.http.errors import error_for, log_unexpected
from microblog_core.http.gateway_webhooks import GATEWAY_WEBHOOKS
from microblog_core.http.heads import Heads, complete
from microblog_core.http.hosts import Hosts
from microblog_core.http.limits import (
    BodyLimit,
    body_limit_of,
    body_limited,
    body_too_large,
    check_target,
    drain,
    has_body,
)
from microblog_core.http.media import MEDIA
from microblog_core.http.sandbox_page import SANDBOX_PAGE
from microblog_core.http.scope import Message, Receive, Scope, Send, begin_request
from microblog_core.http.streams import POLICY, Streams
from microblog_core.http.surfaces import AppLifespan, Mount, Mounts, rejection, rejection_messages
from microblog_core.http.unsubscribe import UNSUBSCRIBE
from microblog_core.ports.observing import Ended

if TYPE_CHECKING:
    from microblog_core.config import ServerConfig
    from microblog_core.site import Site

Background = Callable[["Site"], AbstractAsyncContextManager[None]]
"""Something that runs beside the requests while a site is open, such as its job runner."""

OWN_SURFACES = (MEDIA, UNSUBSCRIBE, ACCOUNT_PAGES, CHALLENGES, GATEWAY_WEBHOOKS, SANDBOX_PAGE)
"""What every application answers itself, whatever surfaces there are."""

_log = logging.getLogger("microblog.http")


def create_app(
    sites: Sequence[Site],
    surfaces: Sequence[Surface],
    *,
    server: ServerConfig,
    background: Sequence[Background] = (),
) -> Application:
    """Put sites and surfaces together. Nothing is opened before the application's lifespan begins.

    `background` is entered for each site after it has opened and left before it closes. Raises
    `ConfigurationError` and `PluginError` where hosts or mounts clash.
    """
    return Application(sites, surfaces, server=server, background=background)


class Application:
    """An ASGI 3 application. As an async context manager it opens and closes everything without a
    server's lifespan.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        surfaces: Sequence[Surface],
        *,
        server: ServerConfig,
        background: Sequence[Background] = (),
    ) -> None:
        self.sites = tuple(sites)
        self.streams = Streams()
        self._background = tuple(background)
        self._heads = Heads(server.proxies, self.streams)
        self.request_seconds, self._deadlines = server.request_seconds, Deadlines()
        self._hosts = Hosts(self.sites)
        self._mounts = Mounts((*surfaces, *OWN_SURFACES))
        self._states: dict[int, dict[str, Any]] = {}
        self._stack: AsyncExitStack | None = None
        self._stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the types `http`, `websocket` and `lifespan`."""
        kind = scope["type"]
        if kind == "http":
            await self._serve(scope, receive, send)
        elif kind == "lifespan":
            await self._serve_lifespan(receive, send)
        else:
            await self._serve_websocket(scope, receive, send)

    # Lifespan

    async def __aenter__(self) -> Application:
        stack = AsyncExitStack()
        try:
            for site in self.sites:
                await site.open()
                stack.push_async_callback(site.close)
                site.observers.watch("streams_open", lambda: len(self.streams))
            for name, app in self._mounts.build(self.sites):
                lifespan = AppLifespan(name, app)
                await stack.enter_async_context(lifespan)
                if lifespan.state:
                    self._states[id(app)] = lifespan.state
            for make, site in itertools.product(self._background, self.sites):
                await stack.enter_async_context(make(site))
        except BaseException:
            await stack.aclose()
            raise
        self._stack = stack
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        await self.streams.close_all()
        if self._stack is not None:
            stack, self._stack = self._stack, None
            await stack.aclose()

    @property
    def ready(self) -> bool:
        """Whether everything is open and nothing is stopping."""
        return self._stack is not None and not self._stopping

    def stop_soon(self) -> None:
        """Say `not ready` to load balancers from now on; requests are still answered."""
        self._stopping = True

    async def _serve_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.__aenter__()
        except Exception as error:
            _log.exception("the application did not start")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await self.__aexit__(None, None, None)
        except Exception as error:
            _log.exception("the application did not stop well")
            await send({"type": "lifespan.shutdown.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})

    # Requests

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        answer = _Answer(scope, send)
        path = scope["path"]
        mount = self._mounts.find(path)
        length: bytes | None = None
        ended: Ended | None = None
        try:
            length = self._heads.receive(scope)
            check_target(scope)
            if path.startswith(health.PREFIX):
                drawn = await health.answer(path, self.sites, ready=self.ready)
                if drawn is not None:
                    await answer.reject(drawn)
                    return
            if mount is None:
                raise NotFound("There is no page at this address.", hint="Check the address.")
            app = self._choose(scope, mount)
            ended = begin_request(scope, mount.prefix)
            most = body_limit_of(mount.surface, scope)
            limit = body_limited(scope, receive, length, most)
            answer.limit = limit
            if limit is not None and has_body(scope, length):
                answer.body = limit
            await self._deadlines.within(self.request_seconds, app, scope, limit or receive, answer, length)
            if answer.replaced:
                raise body_too_large(most)
        except Exception as exception:
            if answer.limit is None and not answer.status and has_body(scope, length):
                await drain(receive)
            await self._fail(scope, mount, answer, exception)
        finally:
            if ended is not None:
                ended(str(answer.status))
            if access_log.enabled():
                access_log.record(scope, status=answer.status, size=answer.size, started=started)

    def _choose(self, scope: Scope, mount: Mount) -> AsgiApp:
        """The application for the host that was asked for; the site's cache is brought up to date on the
        way.
        """
        state = scope["state"]
        site = self._hosts.find(state["host"])
        state["site"] = site
        site.ports.freshen()
        app = mount.apps.get(site.name)
        if app is None:
            if self._stack is None:
                raise Unavailable("The server is starting.", hint="Try again in a moment.")
            raise NotFound("There is no page at this address.", hint="Check the address.")
        if self._states and (kept := self._states.get(id(app))):
            scope["state"] = {**kept, **state}
        return app

    async def _fail(self, scope: Scope, mount: Mount | None, answer: _Answer, exception: Exception) -> None:
        if answer.status:
            # Half an answer is out. Raising makes the server cut the connection: nobody takes it for a
            # whole one.
            log_unexpected(scope, exception)
            raise exception
        error = error_for(scope, exception)
        surface = mount.surface if mount is not None else None
        await answer.reject(rejection(surface, scope, error), error)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A handshake that fails is answered as a request would be (ASGI's extension
        `websocket.http.response`), where the server can, else the connection is closed.
        """
        started = perf_counter()
        mount = self._mounts.find(scope["path"])
        handshake = _Handshake(scope, receive, send)
        ended: Ended | None = None
        try:
            self._heads.receive(scope)
            check_target(scope)
            if mount is None:
                raise NotFound("There is no page at this address.", hint="Check the address.")
            app = self._choose(scope, mount)
            ended = begin_request(scope, mount.prefix)
            await app(scope, handshake.receive, handshake)
        except Exception as exception:
            if handshake.status:
                log_unexpected(scope, exception)
                raise
            error = error_for(scope, exception)
            surface = mount.surface if mount is not None else None
            await handshake.refuse(rejection(surface, scope, error), error)
        finally:
            if ended is not None:
                ended(str(handshake.status))
            if access_log.enabled():
                access_log.record(scope, status=handshake.status, size=0, started=started)


class _Handshake:
    """The `receive` and `send` that surfaces get for a WebSocket; `status` is how the handshake ended, 0
    before it did.
    """

    __slots__ = ("_connected", "_receive", "_scope", "_send", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._connected = False
        self.status = 0

    async def receive(self) -> Message:
        """The next message of the server."""
        message = await self._receive()
        self._connected = True
        return message

    async def __call__(self, message: Message) -> None:
        if message["type"] == "websocket.accept":
            self.status = 101
            request_id = self._scope["state"]["request_id"].encode("latin-1")
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
        elif message["type"] == "websocket.close" and not self.status:
            self.status = 403
        await self._send(message)

    async def refuse(self, drawn: Rejection, error: MicroblogError) -> None:
        """Answer with an error instead of a WebSocket."""
        if not self._connected:
            await self.receive()
        self.status = drawn.status
        if "websocket.http.response" not in (self._scope.get("extensions") or {}):
            await self._send({"type": "websocket.close", "code": POLICY})
            return
        for message in rejection_messages(self._scope, drawn, error):
            await self._send({**message, "type": f"websocket.{message['type']}"})


class _Answer:
    """The `send` that surfaces get: completes the header fields, and counts for the access log."""

    __slots__ = ("_scope", "_send", "body", "limit", "replaced", "size", "status", "waiting")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.limit: BodyLimit | None = None
        self.body: BodyLimit | None = None
        self.waiting: Waiting | None = None
        self.replaced = False
        self.status = 0
        self.size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.limit is not None and self.limit.exceeded:
                # The framework made its own error of what the guard raised; the surface's 413 follows.
                self.replaced = True
                return
            if self.body is not None and not self.body.ended:
                await self.body.drain()
            if self.waiting is not None:
                self.waiting.answered()
            self.status = message["status"]
            message["headers"] = complete(self._scope, message.get("headers", ()))
        elif self.replaced:
            return
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)

    async def reject(self, drawn: Rejection, error: MicroblogError | None = None) -> None:
        """Send a whole answer of core's own, if none has begun."""
        self.limit, self.replaced = None, False
        for message in rejection_messages(self._scope, drawn, error):
            await self(message)
