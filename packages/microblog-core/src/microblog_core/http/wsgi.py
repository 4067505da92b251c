"""A site around a WSGI application (PEP 3333): Flask, Django, or a function of one's own.

    portal = Portal(load_site(), background=(run_jobs,))
    application = WsgiSite(application, portal)

The application finds the request's scope with `scope_of(environ)`, and hands it to what core offers for
requests: `portal.call(identify, scope)`, `portal.call(csrf.check, scope, token)`, `portal.call(log_in, ...)`.
Cookies that these set go out with the answer. The same for ASGI is in `http.middleware`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from microblog_core.contributions import Rejection, Surface
from microblog_core.domain.errors import MicroblogError
from microblog_core.http import health
from microblog_core.http.app import OWN_SURFACES
from microblog_core.http.errors import error_for
from microblog_core.http.forms import draw_error
from microblog_core.http.heads import Heads, complete
from microblog_core.http.hosts import Hosts
from microblog_core.http.limits import DRAIN_BYTES, body_limit_of, body_limited, check_target
from microblog_core.http.scope import Message, Scope
from microblog_core.http.streams import Streams
from microblog_core.http.surfaces import Mount, Mounts, rejection, rejection_messages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from microblog_core.sync import Portal

KEY = "microblog.scope"


def scope_of(environ: Mapping[str, Any]) -> Scope:
    """The scope of a request that came through `WsgiSite`. Raises `KeyError` for any other."""
    scope: Scope = environ[KEY]
    return scope


class WsgiSite:
    """A WSGI application around another one, as `SiteMiddleware` is for ASGI.

    The portal opens with the first request, so it does in the process that serves, whatever forked before.
    What core answers itself is answered before the application. Bodies that say their length have at most
    `body_limit` bytes; of others the server or the framework takes care.
    """

    def __init__(
        self,
        application: WSGIApplication,
        portal: Portal,
        *,
        body_limit: int = 1 << 20,
        render_error: Callable[[Mapping[str, Any], MicroblogError], Rejection] = draw_error,
    ) -> None:
        self._application = application
        self._portal = portal
        self._site = portal.site
        self._hosts = Hosts((self._site,))
        self._heads = Heads(self._site.server.proxies, Streams())
        self._mounts = Mounts(OWN_SURFACES)
        self._mounts.build((self._site,))
        self._rest = Surface(
            name="application",
            mounts=("/",),
            make_app=lambda faces: _nothing,
            render_error=render_error,
            body_limit=body_limit,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request. What the application raises before it begins to answer is drawn as a page."""
        self._portal.open()
        scope = environ[KEY] = _scope(environ)
        mount = self._mounts.find(scope["path"])
        answer = self._portal.call(self._begin, scope, mount.surface if mount is not None else self._rest)
        if answer is not None:
            # A client that is still sending when the connection closes never sees the answer.
            _read(environ, DRAIN_BYTES)
        elif mount is not None:
            # Here and not in the portal, which has more to do than to wait for one client.
            body = _read(environ, body_limit_of(mount.surface, scope))
            answer = self._portal.call(self._own, mount, scope, body)
        if answer is not None:
            return answer.send(start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            replacing = (exc_info,) if exc_info else ()
            return start_response(status, _completed(scope, headers), *replacing)

        try:
            return self._application(environ, start)
        except Exception as error:
            return _Answer.of(self._rest, scope, error).send(start_response, sys.exc_info())

    async def _begin(self, scope: Scope, surface: Surface) -> _Answer | None:
        """Fill the scope and check the request; what is refused, and health, is answered."""
        try:
            length = self._heads.receive(scope)
            check_target(scope)
            if scope["path"].startswith(health.PREFIX):
                drawn = await health.answer(scope["path"], (self._site,), ready=True)
                if drawn is not None:
                    return _Answer(scope, rejection_messages(scope, drawn))
            scope["state"]["site"] = self._hosts.find(scope["state"]["host"])
            body_limited(scope, _nothing, length, body_limit_of(surface, scope))
        except Exception as error:
            return _Answer.of(surface, scope, error)
        return None

    async def _own(self, mount: Mount, scope: Scope, body: bytes) -> _Answer:
        """The answer of a page of core's own."""
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        try:
            await mount.apps[self._site.name](scope, receive, send)
            return _Answer(scope, messages)
        except Exception as error:
            return _Answer.of(mount.surface, scope, error)


async def _nothing(*asgi: Any) -> Any:
    """Stands for the application, and for its body, neither of which speaks ASGI."""


class _Answer:
    """An answer of core's own, whole: such pages are small, and files are no larger than uploads may be."""

    def __init__(self, scope: Scope, messages: Iterable[Message]) -> None:
        begin, *rest = messages
        self._status = f"{begin['status']} {HTTPStatus(begin['status']).phrase}"
        self._headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in complete(scope, begin["headers"])
        ]
        self._body = [message.get("body", b"") for message in rest]

    @classmethod
    def of(cls, surface: Surface, scope: Scope, exception: Exception) -> _Answer:
        """The answer to an exception; what nobody raised on purpose is logged and becomes a 500."""
        error = error_for(scope, exception)
        return cls(scope, rejection_messages(scope, rejection(surface, scope, error), error))

    def send(self, start_response: StartResponse, exc_info: Any = None) -> list[bytes]:
        """Begin the answer, and return its body. `exc_info` lets it take the place of one that has begun."""
        replacing = (exc_info,) if exc_info else ()
        start_response(self._status, self._headers, *replacing)
        return self._body


def _read(environ: WSGIEnvironment, most: int) -> bytes:
    """The body that the request says it has, if it is no longer than `most`."""
    declared = environ.get("CONTENT_LENGTH") or ""
    length = int(declared) if declared.isdigit() and len(declared) <= 18 else 0
    return bytes(environ["wsgi.input"].read(length)) if 0 < length <= most else b""


def _scope(environ: WSGIEnvironment) -> Scope:
    """The request as ASGI describes it; text in an environ is latin-1, whatever it was sent as."""
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    headers = [
        (key[5:].replace("_", "-").lower().encode("latin-1"), value.encode("latin-1"))
        for key, value in environ.items()
        if key.startswith("HTTP_") and isinstance(value, str)
    ]
    for key, name in (("CONTENT_TYPE", b"content-type"), ("CONTENT_LENGTH", b"content-length")):
        if environ.get(key):
            headers.append((name, environ[key].encode("latin-1")))
    address, port = environ.get("REMOTE_ADDR", ""), environ.get("REMOTE_PORT") or 0
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").rpartition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": path.decode("utf-8", "replace"),
        "raw_path": quote(path).encode("ascii"),
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
        "client": (address, int(port)) if address else None,
        "server": (environ.get("SERVER_NAME", ""), int(environ.get("SERVER_PORT") or 0)),
    }


def _completed(scope: Scope, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The application's header fields with what core adds; names keep the case that they were given."""
    given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    added = complete(scope, given)[len(given) :]
    return [*headers, *((name.decode("latin-1"), value.decode("latin-1")) for name, value in added)]
