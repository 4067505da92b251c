"""What the API faces of plugins add, checked, and which scopes a site offers because of them.

A face that is wrong anywhere is left out as a whole, and the log says why. Hooks are called once for each
distinct set of plugins: whoever asks after that is told the same.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from litestar import Litestar, Request, Router
from litestar.exceptions import HTTPException

from microblog_api import fields, hookspecs
from microblog_api.contributions import AccountField, ApiScope, PostField
from microblog_core.domain.applications import FAMILIES, SCOPES
from microblog_core.domain.errors import PluginError
from microblog_core.plugins.guard import run_within
from microblog_core.plugins.manager import HookManager

if TYPE_CHECKING:
    from microblog_core.site import Site

OWN = "api"
GROUP = "microblog.api"
HOOK_SECONDS = 5.0
REMEMBERED = 32
"""Sets of plugins whose contributions a process remembers."""

_SCOPE = re.compile(r"[a-z0-9_:-]{1,60}")
_log = logging.getLogger("microblog.plugins")


class Contributed(msgspec.Struct, frozen=True, kw_only=True):
    """What one face adds, checked."""

    resources: tuple[Any, ...]
    scopes: dict[str, str]
    fields: tuple[PostField | AccountField, ...]

    def router(self, name: str) -> Router:
        """The resources where those of this plugin are."""
        return Router(path=f"/api/x/{name}", route_handlers=list(self.resources))


def offered_scopes(site: Site) -> Mapping[str, str]:
    """Every scope that the site's API offers, with what it allows in words for people: core's, and those of
    its plugins where this process has loaded their API faces (`compose_site(..., faces=("api",))`).
    """
    return scopes_with(plugin_faces(site.faces.get(GROUP, {})))


def scopes_with(contributed: Mapping[str, Contributed]) -> Mapping[str, str]:
    """Core's scopes and those of these faces."""
    scopes = dict(SCOPES)
    for each in contributed.values():
        scopes |= each.scopes
    return MappingProxyType(scopes)


def plugin_faces(faces: Mapping[str, Any]) -> Mapping[str, Contributed]:
    """What each face of a plugin adds, but for those that are left out."""
    return _checked(tuple(_Face(name, module) for name, module in faces.items() if name != OWN))


class _Face:
    """A face by its identity: what plugins are may be neither hashed nor compared."""

    __slots__ = ("module", "name")

    def __init__(self, name: str, module: object) -> None:
        self.name = name
        self.module = module

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Face) and self.name == other.name and self.module is other.module

    def __hash__(self) -> int:
        return hash((self.name, id(self.module)))


@lru_cache(REMEMBERED)
def _checked(faces: tuple[_Face, ...]) -> Mapping[str, Contributed]:
    found = {face.name: _left_in(face.name, face.module) for face in faces}
    return MappingProxyType({name: added for name, added in found.items() if added is not None})


def _left_in(name: str, module: object) -> Contributed | None:
    try:
        contributed = collected(name, module)
        litestar_of([contributed.router(name)])
    except Exception as error:
        _log.error(
            "the API face of the plugin %s is left out: %s: %s",
            name,
            type(error).__name__,
            error,
            exc_info=error,
        )
        return None
    return contributed


def collected(name: str, module: object) -> Contributed:
    """The checked contributions of one face. Raises `PluginError`, and what its hooks raise."""
    manager = HookManager(hookspecs, vars(hookspecs))
    manager.register(name, module)

    def collect() -> tuple[tuple[Any, ...], ...]:
        return tuple(manager.collect(name, hook, {}) for hook in manager.hooks)

    found = dict(
        zip(manager.hooks, run_within(HOOK_SECONDS, collect, f"the API face of {name}"), strict=True)
    )
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


def is_scope_of(plugin: str, scope: str) -> bool:
    """Whether a plugin may offer a scope of this name."""
    family, _, rest = scope.partition(":")
    return family == plugin and family not in FAMILIES and _SCOPE.fullmatch(rest) is not None


def litestar_of(handlers: Sequence[Any]) -> Litestar:
    """An application of these handlers that draws no errors and logs nothing by itself."""
    return Litestar(
        route_handlers=handlers,
        openapi_config=None,
        exception_handlers={HTTPException: _raise_on, Exception: _raise_on},
        logging_config=None,
        request_max_body_size=None,
    )


def _raise_on(_: Request[Any, Any, Any], error: Exception) -> NoReturn:
    raise error
