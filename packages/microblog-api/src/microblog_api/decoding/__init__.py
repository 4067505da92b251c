"""What a request gives: query, form, multipart and JSON read alike, then decoded into a typed struct.

    class Follow(msgspec.Struct, frozen=True):
        reblogs: bool = True
        languages: list[str] | msgspec.UnsetType = msgspec.UNSET

    follow = (await parameters(request)).into(Follow)

`values` says which types a struct may declare and what empty means, `brackets` how names nest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException

from microblog_api.decoding.bodies import MULTIPART, Upload, kind_of, read_body, read_form, read_multipart
from microblog_api.decoding.values import Id, Moment, S, into, text_of
from microblog_core.http.errors import BadRequest
from microblog_core.http.scope import header

__all__ = ("Id", "Moment", "Parameters", "Upload", "parameters")

_KEY = "api.parameters"


class Parameters:
    """The parameters of one request. `name in parameters` says whether one was given, `len` how many."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree

    def into(self, kind: type[S]) -> S:
        """Decode them into a struct; raises `Invalid` whose `fields` say what to change. Others than the
        struct declares are ignored.
        """
        return into(self._tree, kind)

    def text(self, name: str) -> str:
        """One as text, empty where it isn't given or is no single value. The last one counts."""
        return text_of(self._tree.get(name)) or ""

    def __contains__(self, name: object) -> bool:
        return name in self._tree

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)


async def parameters(request: Request[Any, Any, Any]) -> Parameters:
    """Read what a request gives, once: the query, and for every method but GET the body, which wins.

    Raises `BadRequest` for what can't be read; `TooLarge` comes from core.
    """
    scope = request.scope
    state: dict[str, Any] = scope["state"]
    kept = state.get(_KEY)
    if isinstance(kept, Parameters):
        return kept
    query = scope["query_string"]
    tree = read_form(query) if query else {}
    if scope["method"] not in ("GET", "HEAD"):
        tree |= await _read_body(request)
    found = state[_KEY] = Parameters(tree)
    return found


async def _read_body(request: Request[Any, Any, Any]) -> dict[str, Any]:
    kind, boundary = kind_of(header(request.scope, b"content-type"))  # type: ignore[arg-type]
    try:
        if kind == MULTIPART:
            return await read_multipart(boundary, request.stream())
        return read_body(kind, await request.body())
    except InternalServerException:
        raise BadRequest("The request ended before it was whole.", hint="Send it again.") from None
