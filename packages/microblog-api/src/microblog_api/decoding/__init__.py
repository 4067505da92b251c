"""What a request gives: query, form, multipart and JSON read alike, then decoded into a typed struct.

    class Follow(msgspec.Struct, frozen=True):
        reblogs: bool = True
        languages: list[str] | msgspec.UnsetType = msgspec.UNSET

    follow = (await parameters(request)).into(Follow)

`values` says which types a struct may declare and what empty means, `brackets` how names nest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from litestar import Request

from microblog_api.decoding.bodies import MULTIPART, Upload, kind_of, read_body, read_form, read_multipart
from microblog_api.decoding.values import Id, Moment, S, into, text_of
from microblog_core.http.errors import BadRequest
from microblog_core.http.scope import Receive, Scope, header

__all__ = ("Id", "Moment", "Parameters", "Upload", "parameters", "read_parameters")

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
    """The parameters of a request to a handler of Litestar's, as `read_parameters` reads them."""
    return await read_parameters(request.scope, request.receive)  # type: ignore[arg-type]


async def read_parameters(scope: Scope, receive: Receive) -> Parameters:
    """Read what a request gives, once: the query, and the body, which wins. Of GET only JSON is a body: some
    clients put parameters there.

    Raises `BadRequest` for what can't be read; `TooLarge` comes from core.
    """
    state: dict[str, Any] = scope["state"]
    kept = state.get(_KEY)
    if isinstance(kept, Parameters):
        return kept
    query = scope["query_string"]
    tree = read_form(query) if query else {}
    declared = header(scope, b"content-type")
    if scope["method"] not in ("GET", "HEAD") or "json" in declared:
        kind, boundary = kind_of(declared)
        if kind == MULTIPART:
            tree |= await read_multipart(boundary, _chunks(receive))
        else:
            tree |= read_body(kind, b"".join([chunk async for chunk in _chunks(receive)]))
    found = state[_KEY] = Parameters(tree)
    return found


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it arrives (ASGI HTTP 2.3). Raises `BadRequest` when the client leaves before its end."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The request ended before it was whole.", hint="Send it again.")
        more = message.get("more_body", False)
        if chunk := message.get("body", b""):
            yield chunk
