"""What plugins add below `/api/x/<plugin>`: Litestar derives it from their handlers.

Its words about errors are replaced, because errors are drawn by `errors` whoever raised them. How their
handlers ask for a token can't be seen from outside, so nothing is said of it.
"""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig

from microblog_api.openapi import shared
from microblog_api.openapi.schemas import REF, Schema

_ALWAYS = (400, 401, 429, 503)
_log = logging.getLogger("microblog.plugins")


class PluginPart(msgspec.Struct, frozen=True, kw_only=True):
    """The part of one plugin: operations by path and method, and the schemas that they name."""

    tag: str
    about: str
    paths: dict[str, Any]
    schemas: dict[str, Schema]


def part_of(plugin: str, router: Router) -> PluginPart | None:
    """The part of a plugin; None, and a line in the log, where Litestar can't describe its handlers."""
    try:
        config = OpenAPIConfig(title=plugin, version="", create_examples=False)
        described = Litestar(route_handlers=[router], openapi_config=config, logging_config=None)
        found = described.openapi_schema.to_schema()
        return _adopted(plugin, found)
    except Exception as error:
        _log.error("the resources of the plugin %s can't be described: %r", plugin, error, exc_info=error)
        return None


def _adopted(plugin: str, found: Schema) -> PluginPart:
    tag = f"x/{plugin}"
    prefix = f"x_{plugin.replace('-', '_')}_"
    paths = _renamed(found.get("paths") or {}, prefix)
    for methods in paths.values():
        for method, operation in methods.items():
            operation["tags"] = [tag]
            operation["operationId"] = f"{prefix}{operation.get('operationId') or method}"
            answers = operation.get("responses") or {}
            raised = {int(each) for each in answers if each.isdigit() and int(each) in shared.ERRORS}
            kept = {each: answer for each, answer in answers.items() if each < "4"}
            operation["responses"] = kept | shared.errors({*raised, *_ALWAYS})
    schemas = _renamed((found.get("components") or {}).get("schemas") or {}, prefix)
    return PluginPart(
        tag=tag,
        about=f"What the plugin {plugin} adds.",
        paths={path.rstrip("/"): methods for path, methods in paths.items()},
        schemas={prefix + name: schema for name, schema in schemas.items()},
    )


def _renamed(node: Any, prefix: str) -> Any:
    """The same with every reference to a schema renamed."""
    if isinstance(node, dict):
        return {
            key: f"{REF}{prefix}{value.removeprefix(REF)}"
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, prefix)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_renamed(each, prefix) for each in node]
    return node
