"""The API as a surface: one Litestar application per distinct set of plugins, found by the entry point
`microblog.surfaces`.

The site is in the ASGI scope, never in a closure. Litestar's own error bodies never leave: what was raised
on purpose is drawn by `errors`, and what wasn't goes up to core, which logs it and answers 500.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from litestar import Litestar, Request, Router
from litestar.exceptions import HTTPException

from microblog_api import cors, face, hookspecs, limits
from microblog_api.contributions import ApiScope
from microblog_api.endpoints import Endpoint, Routes
from microblog_api.errors import render_error, translated
from microblog_api.resources.credentials import UPLOADS
from microblog_api.responses import completing
from microblog_api.streaming.answering import Streaming
from microblog_core.contributions import AsgiApp, Surface
from microblog_core.domain.applications import FAMILIES, SCOPES
from microblog_core.domain.errors import NotFound, PluginError
from microblog_core.http.scope import Message, Receive, Scope, Send
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager

OWN = "api"
MOUNTS = ("/api", "/oauth", "/.well-known/nodeinfo", "/nodeinfo", "/.well-known/oauth-authorization-server")
BODY_LIMIT = 1 << 20
HOOK_SECONDS = 5.0

_SCOPE = re.compile(r"[a-z0-9_:-]{1,60}")
_log = logging.getLogger("microblog.plugins")


class ApiApp:
    """The API of one set of plugins, an ASGI application."""

    def __init__(self, faces: Mapping[str, Any]) -> None:
        handlers, _ = _collected(OWN, face)
        scopes = dict(SCOPES)
        for name, module in faces.items():
            if name != OWN and (found := _plugin_face(name, module)) is not None:
                handlers.append(found[0])
                scopes.update(found[1])
        self._scopes = MappingProxyType(scopes)
        self._routes = Routes([each for each in handlers if isinstance(each, Endpoint)])
        self._streaming = Streaming()
        self._litestar = _litestar([each for each in handlers if not isinstance(each, Endpoint)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. HEAD is answered as GET without a body (RFC 9110 section 9.3.2)."""
        state = scope.get("state")
        if state is not None:
            state["offered_scopes"] = self._scopes
            if scope["path"].startswith("/api/"):
                # A page elsewhere could send them along: on the API only tokens say who somebody is.
                state["cookies"] = {}
        if scope["type"] == "http":
            if cors.is_preflight(scope):
                await cors.answer_preflight(send)
                return
            if cors.is_open(scope["path"]):
                await limits.count_request(scope)
            # Litestar puts another path into its scope: what was asked for decides on the header fields.
            scope, send = {**scope}, completing(scope, send)
        if scope["type"] != "lifespan" and self._streaming.serves(scope["path"]):
            await self._streaming(scope, receive, send)
        elif scope["type"] == "websocket":
            raise NotFound
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "HEAD":
                scope["method"], send = "GET", _without_body(send)
            if await self._routes.answer(scope, receive, send):
                return
        try:
            await self._litestar(scope, receive, send)  # type: ignore[arg-type]
        except HTTPException as error:
            known = translated(error)
            if known is None:
                raise
            raise known from error


def make_app(faces: Mapping[str, Any]) -> AsgiApp:
    """Build the application for a distinct set of plugins."""
    return ApiApp(faces)


def _collected(name: str, module: object) -> tuple[list[Any], dict[str, str]]:
    """The checked resources and scopes of one face. Raises `PluginError`, and what its hooks raise."""
    manager = HookManager(hookspecs, vars(hookspecs))
    manager.register(name, module)
    what = f"the API face of {name}"

    def collect() -> tuple[list[Any], tuple[ApiScope, ...]]:
        resources = manager.collect(name, "register_resources", {})
        return list(resources), manager.collect(name, "register_scopes", {})

    resources, scopes = run_within(HOOK_SECONDS, collect, what)
    for scope in scopes:
        family, _, rest = scope.name.partition(":")
        if family != name or family in FAMILIES or _SCOPE.fullmatch(rest) is None:
            raise PluginError(f"the scope {scope.name!r} is not named {name}:something")
    return resources, {scope.name: scope.description for scope in scopes}


def _plugin_face(name: str, module: object) -> tuple[Router, dict[str, str]] | None:
    try:
        resources, scopes = _collected(name, module)
        router = Router(path=f"/api/x/{name}", route_handlers=resources)
        _litestar([router])
    except Exception as error:
        _log.error(
            "the API face of the plugin %s is left out: %s: %s",
            name,
            type(error).__name__,
            error,
            exc_info=error,
        )
        return None
    return router, scopes


def _litestar(handlers: Sequence[Any]) -> Litestar:
    return Litestar(
        route_handlers=handlers,
        openapi_config=None,
        exception_handlers={HTTPException: _raise_on, Exception: _raise_on},
        logging_config=None,
        request_max_body_size=None,
    )


def _raise_on(_: Request[Any, Any, Any], error: Exception) -> NoReturn:
    raise error


def _without_body(send: Send) -> Send:
    async def head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {
                "type": "http.response.body",
                "body": b"",
                "more_body": message.get("more_body", False),
            }
        await send(message)

    return head


SURFACE = Surface(
    name=OWN,
    mounts=MOUNTS,
    make_app=make_app,
    render_error=render_error,
    body_limit=BODY_LIMIT,
    uploads={"/api/v1/media": 1, "/api/v2/media": 1, "/api/v1/accounts/update_credentials": UPLOADS},
)
