"""The API as a surface: one Litestar application per distinct set of plugins, found by the entry point
`microblog.surfaces`.

The site is in the ASGI scope, never in a closure. Litestar's own error bodies never leave: what was raised
on purpose is drawn by `errors`, and what wasn't goes up to core, which logs it and answers 500.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from litestar import Litestar, Request, Router
from litestar.exceptions import HTTPException

from microblog_api import cors, face, hookspecs, limits
from microblog_api.errors import render_error, translated
from microblog_api.responses import completing
from microblog_core.contributions import AsgiApp, Surface
from microblog_core.http.scope import Message, Receive, Scope, Send
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager

OWN = "api"
MOUNTS = ("/api", "/oauth", "/.well-known/nodeinfo", "/nodeinfo")
BODY_LIMIT = 1 << 20
HOOK_SECONDS = 5.0

_log = logging.getLogger("microblog.plugins")


class ApiApp:
    """The API of one set of plugins, an ASGI application."""

    def __init__(self, faces: Mapping[str, Any]) -> None:
        handlers = _collected(OWN, face)
        for name, module in faces.items():
            if name != OWN and (router := _plugin_router(name, module)) is not None:
                handlers.append(router)
        self._litestar = _litestar(handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. HEAD is answered as GET without a body (RFC 9110 section 9.3.2)."""
        if scope["type"] == "http":
            if cors.is_preflight(scope):
                await cors.answer_preflight(send)
                return
            if cors.is_open(scope["path"]):
                await limits.count_request(scope)
            # Litestar puts another path into its scope: what was asked for decides on the header fields.
            scope, send = {**scope}, completing(scope, send)
            if scope["method"] == "HEAD":
                scope["method"], send = "GET", _without_body(send)
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


def _collected(name: str, module: object) -> list[Any]:
    """The checked resources of one face. Raises `PluginError`, and what its hook raises."""
    manager = HookManager(hookspecs, vars(hookspecs))
    manager.register(name, module)
    what = f"the API face of {name}"
    return list(run_within(HOOK_SECONDS, lambda: manager.collect(name, "register_resources", {}), what))


def _plugin_router(name: str, module: object) -> Router | None:
    try:
        router = Router(path=f"/api/x/{name}", route_handlers=_collected(name, module))
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
    return router


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
    name=OWN, mounts=MOUNTS, make_app=make_app, render_error=render_error, body_limit=BODY_LIMIT
)
