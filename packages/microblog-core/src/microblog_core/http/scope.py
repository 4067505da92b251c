"""What core puts into the ASGI scope, and typed ways to read it. Surfaces import this; it imports nothing
of the request line.

`scope["state"]` is a dict made anew for each request: `site` (absent where no site was found),
`request_id`, `client` (the visitor's network address), `scheme` (`http` or `https`), `host` (as the visitor
typed it, with the port), `streams`. Where a site is observed, `mount` is the surface's prefix, and surfaces
set `route` where the scope that they are given has no `path_template` afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from microblog_core.ports.observing import Ended

if TYPE_CHECKING:
    from microblog_core.site import Site

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_SECRET_PARAMETERS = re.compile(
    r"(^|&)((?:[a-z_]*(?:token|secret|password|code|key|signature|verifier|email)|state|csrf)=)[^&]*",
    re.IGNORECASE,
)


class LazyMapping(Mapping[str, str]):
    """A mapping that is made on first use: most requests never look into their query or cookies."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], dict[str, str]]) -> None:
        self._make = make
        self._made: dict[str, str] | None = None

    def _mapping(self) -> dict[str, str]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, key: str) -> str:
        return self._mapping()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapping())

    def __len__(self) -> int:
        return len(self._mapping())


def site_of(scope: Scope) -> Site:
    """The site that the request's host belongs to."""
    site: Site = scope["state"]["site"]
    return site


def request_id_of(scope: Scope) -> str:
    """The id under which the log speaks of this request, empty before it was given."""
    return str((scope.get("state") or {}).get("request_id", ""))


def begin_request(scope: Scope, mount: str) -> Ended | None:
    """Tell the observers of the request's site, if it has any; what it returns is to be called at its end."""
    observers = scope["state"]["site"].observers
    if not observers.active:
        return None
    scope["state"]["mount"] = mount
    ended: Ended | None = observers.begin_request(scope)
    return ended


def route_of(scope: Mapping[str, Any]) -> str:
    """The template of the address that was asked for (`/api/v1/statuses/{id}`), known once it is answered.

    Of these there are few, whatever is asked for: what no route answers is the surface's prefix with `*`.
    """
    state = scope["state"]
    template = state.get("route") or scope.get("path_template")
    return _without_types(template or f"{state.get('mount', '').rstrip('/')}/*")


@lru_cache(maxsize=1024)
def _without_types(template: str) -> str:
    return re.sub(r":\w+}", "}", template)


def base_url_of(scope: Scope) -> str:
    """The site's public address without a slash at its end: the configured one, else the one that was
    asked for.
    """
    state = scope["state"]
    configured = state["site"].config.base_url
    return configured.rstrip("/") if configured else f"{state['scheme']}://{state['host']}"


def header(scope: Scope, name: bytes) -> str:
    """The first value of a header field (name in lower case), empty where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return ""


def headers_of(scope: Scope) -> dict[str, str]:
    """All header fields, names in lower case, the first value of each."""
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        found.setdefault(key.decode("latin-1"), value.decode("latin-1"))
    return found


def query_of(scope: Scope) -> dict[str, str]:
    """The query's parameters, the first value of each."""
    found: dict[str, str] = {}
    for key, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        found.setdefault(key, value)
    return found


def scrubbed(query: str) -> str:
    """A query string for logs: the values of whatever may be a secret are replaced by `***`."""
    return _SECRET_PARAMETERS.sub(r"\1\2***", query)


def target_of(scope: Scope) -> str:
    """Path and scrubbed query for logs; control characters can't get in, since such paths are refused or
    escaped.
    """
    query, path = scope.get("query_string", b""), str(scope.get("path", ""))
    if not (path.isascii() and path.isprintable()):
        path = path.encode("unicode_escape").decode("ascii")
    return f"{path}?{scrubbed(query.decode('latin-1'))}" if query else path
