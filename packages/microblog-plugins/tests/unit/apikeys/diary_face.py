"""The API face of a plugin with scopes of its own, `diary`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from litestar import Request, get, put

from microblog_api import hookspecs
from microblog_api.access import require_user
from microblog_api.contributions import ApiScope
from microblog_core.contributions import Manifest
from microblog_core.http.scope import Scope
from microblog_core.plugins import implements

PLUGIN = Manifest(name="diary", summary="A diary")
READ, WRITE = "diary:read", "diary:write"
WORDS = "Read your diary, 100 % of it"
PAGE = "/api/x/diary/mine"


@get("/mine")
async def mine(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Whose diary it is."""
    return {"of": (await require_user(cast("Scope", request.scope), READ)).account.username}


@put("/mine")
async def write(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The same, for who may write it."""
    return {"of": (await require_user(cast("Scope", request.scope), WRITE)).account.username}


@implements(hookspecs.register_resources)
def resources() -> Iterable[object]:
    return [mine, write]


@implements(hookspecs.register_scopes)
def scopes() -> Iterable[ApiScope]:
    return [
        ApiScope(name=READ, description=WORDS),
        ApiScope(name=WRITE, description="Write your diary"),
    ]
