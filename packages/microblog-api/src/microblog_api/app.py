"""The API as a surface: one Litestar application per distinct set of plugins, found by the entry point
`microblog.surfaces`.

The site is in the ASGI scope, never in a closure. Litestar's own error bodies never leave: what was raised
on purpose is drawn by `errors`, and what wasn't goes up to core, which logs it and answers 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar.exceptions import HTTPException

from microblog_api import cors, face, fields, limits
from microblog_api.documentation import Documentation
from microblog_api.endpoints import Endpoint, Routes
from microblog_api.errors import render_error, translated
from microblog_api.plugin_faces import OWN, collected, litestar_of, plugin_faces, scopes_with
from microblog_api.resources.credentials import UPLOADS
from microblog_api.responses import completing
from microblog_api.streaming.answering import Streaming
from microblog_api.streaming.names import PREFIX
from microblog_core.contributions import AsgiApp, Surface
from microblog_core.domain.errors import NotFound
from microblog_core.http.scope import Message, Receive, Scope, Send

MOUNTS = ("/api", "/oauth", "/.well-known/nodeinfo", "/nodeinfo", "/.well-known/oauth-authorization-server")
BODY_LIMIT = 1 << 20

STREAMS = f"{PREFIX}/*"


class ApiApp:
    """The API of one set of plugins, an ASGI application."""

    def __init__(self, faces: Mapping[str, Any]) -> None:
        own, contributed = collected(OWN, face).resources, plugin_faces(faces)
        routers = {name: each.router(name) for name, each in contributed.items()}
        added = {name: each.fields for name, each in contributed.items()}
        endpoints = [each for each in own if isinstance(each, Endpoint)]
        self._scopes = scopes_with(contributed)
        self._fields = fields.Fields(added) if any(added.values()) else None
        self._routes = Routes(endpoints)
        self._streaming = Streaming()
        self._litestar = litestar_of(
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
