"""What `microblog plugins check` asks of an API face beyond its types: scopes, fields, paths.

Yields (code, problem, hint); the codes are in `microblog_core.authoring.findings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Litestar, Router

from microblog_api import fields
from microblog_api.plugin_faces import is_scope_of
from microblog_core.domain.errors import PluginError

Found = tuple[str, str, str]


def look_at(plugin: str, items: Mapping[str, tuple[Any, ...]]) -> Iterator[Found]:
    """Everything that is wrong with what a face contributed, by hook."""
    for scope in items.get("register_scopes", ()):
        if not is_scope_of(plugin, scope.name):
            what = f"register_scopes: the scope {scope.name!r} is not named {plugin}:something."
            yield "MB403", what, f"Call it '{plugin}:read', for example."
    for hook in ("register_post_fields", "register_account_fields"):
        try:
            fields.check(items.get(hook, ()))
        except PluginError as error:
            yield "MB407", f"{hook}: {error}.", error.hint or "Use a type that msgspec describes."
    handlers = list(items.get("register_resources", ()))
    if not handlers:
        return
    try:
        routes = Litestar([Router(f"/api/x/{plugin}", route_handlers=handlers)], openapi_config=None).routes
    except Exception as error:
        yield "MB405", f"register_resources: Litestar refuses them: {error}", "Correct the handlers."
        return
    for route in routes:
        inner = route.path.removeprefix(f"/api/x/{plugin}")
        if inner.startswith(("/api/", "/x/")):
            hint = f"Handlers have paths below /api/x/{plugin} by themselves; write the rest alone."
            yield "MB405", f"register_resources: the path {inner} would be {route.path}.", hint
