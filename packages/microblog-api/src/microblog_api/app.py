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

import msgspec
from litestar import Litestar, Request, Router
from litestar.exceptions import HTTPException

from microblog_api import cors, face, fields, hookspecs, limits
from microblog_api.contributions import AccountField, ApiScope, PostField
from microblog_api.documentation import Documentation
from microblog_api.endpoints import Endpoint, Routes
from microblog_api.errors import render_error, translated
from microblog_api.resources.credentials import UPLOADS
from microblog_api.responses import completing
from microblog_api.streaming.answering import Streaming
from microblog_api.streaming.names import PREFIX
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

STREAMS = f"{PREFIX}/*"
_SCOPE = re.compile(r"[a-z0-9_:-]{1,60}")
_log = logging.getLogger("microblog.plugins")


class ApiApp:
    """The API of one set of plugins, an ASGI application."""

    def __init__(self, faces: Mapping[str, Any]) -> None:
        own = _collected(OWN, face).resources
        scopes = dict(SCOPES)
        routers: dict[str, Router] = {}
        added: dict[str, tuple[PostField | AccountField, ...]] = {}
        for name, module in faces.items():
            if name != OWN and (found := _plugin_face(name, module)) is not None:
                routers[name], contributed = found
                scopes |= contributed.scopes
                added[name] = contributed.fields
        endpoints = [each for each in own if isinstance(each, Endpoint)]
        self._scopes = MappingProxyType(scopes)
        self._fields = fields.Fields(added) if any(added.values()) else None
        self._routes = Routes(endpoints)
        self._streaming = Streaming()
        self._litestar = _litestar(
            [*(each for each in own if not isinstance(each, Endpoint)), *routers.values()]
        )
        self.documentation = Documentation(endpoints, self._scopes, self._fields, routers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. HEAD is answered as GET without a body (RFC 9110 section 9.3.2)."""
        state = scope.get("state")
        if state is not None:
            state["offered_scopes"] = self._scopes
            if scope["path"].startswith("/api/"):
                # A page elsewhere could send them along: on the API only tokens say who somebody is.
                state["cookies"] = {}
                if self._fields is not None:
                    state[fields.KEY] = self._fields
        if scope["type"] == "http":
            if cors.is_preflight(scope):
                await cors.answer_preflight(send)
                return
            if cors.is_open(scope["path"]):
                await limits.count_request(scope)
            # Litestar puts another path into its scope: what was asked for decides on the header fields.
            scope, send = {**scope}, completing(scope, send)
        try:
            if scope["type"] != "lifespan" and self._streaming.serves(scope["path"]):
                scope["path_template"] = STREAMS
                await self._streaming(scope, receive, send)
            elif scope["type"] == "websocket":
                raise NotFound
            else:
                await self._answer(scope, receive, send)
        finally:
            if state is not None:
                state["route"] = scope.get("path_template", "")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "HEAD":
                scope["method"], send = "GET", _without_body(send)
            if await self._routes.answer(scope, receive, send):
                return
            if await self.documentation.answer(scope, receive, send):
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


class Contributed(msgspec.Struct, frozen=True, kw_only=True):
    """What one face adds, checked."""

    resources: tuple[Any, ...]
    scopes: dict[str, str]
    fields: tuple[PostField | AccountField, ...]


def is_scope_of(plugin: str, scope: str) -> bool:
    """Whether a plugin may offer a scope of this name."""
    family, _, rest = scope.partition(":")
    return family == plugin and family not in FAMILIES and _SCOPE.fullmatch(rest) is not None


def _collected(name: str, module: object) -> Contributed:
    """The checked contributions of one face. Raises `PluginError`, and what its hooks raise."""
    manager = HookManager(hookspecs, vars(hookspecs))
    manager.register(name, module)

    def collect() -> tuple[tuple[Any, ...], ...]:
        return tuple(manager.collect(name, hook, {}) for hook in manager.hooks)

    collected = run_within(HOOK_SECONDS, collect, f"the API face of {name}")
    found = dict(zip(manager.hooks, collected, strict=True))
    scopes: tuple[ApiScope, ...] = found["register_scopes"]
    for scope in scopes:
        if not is_scope_of(name, scope.name):
            raise PluginError(f"the scope {scope.name!r} is not named {name}:something")
    added = (*found["register_post_fields"], *found["register_account_fields"])
    fields.check(added)
    return Contributed(
        resources=found["register_resources"],
        scopes={scope.name: scope.description for scope in scopes},
        fields=added,
    )


def _plugin_face(name: str, module: object) -> tuple[Router, Contributed] | None:
    try:
        contributed = _collected(name, module)
        router = Router(path=f"/api/x/{name}", route_handlers=list(contributed.resources))
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
    return router, contributed


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
    uploads=dict.fromkeys(("/api/v1/media", "/api/v2/media", "/api/v1/accounts/update_credentials"), UPLOADS),
)
