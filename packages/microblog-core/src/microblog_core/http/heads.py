"""The head of a request read once, and the head of its answer completed: the same for every surface, and for
applications that core is only a part of.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from microblog_core.http.cookies import pending_headers
from microblog_core.http.errors import BadRequest
from microblog_core.http.limits import check_headers
from microblog_core.http.proxy import Origin, Proxies
from microblog_core.http.scope import Headers, Scope
from microblog_core.http.security import add_security_headers
from microblog_core.http.streams import Streams
from microblog_core.i18n import ASKED

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HTTP_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-request-id"})


class Heads:
    """Reads heads of requests; `proxies` are believed about where these come from, `streams` go along.

    Raises `ConfigurationError` for what is neither an address nor a network.
    """

    def __init__(self, proxies: Sequence[str], streams: Streams) -> None:
        self._proxies = Proxies(proxies)
        self._streams = streams

    def receive(self, scope: Scope) -> bytes | None:
        """Read the header fields once, fill the scope's state, and return the declared length of the body.

        Raises `HeadersTooLarge`, `BadRequest`.
        """
        total = 0
        host = asked = b""
        length: bytes | None = None
        forwarded: dict[bytes, bytes] | None = None
        hosts = 0
        for name, value in scope["headers"]:
            total += len(name) + len(value)
            if name == b"host":
                host = value
                hosts += 1
            elif name == b"content-length":
                length = value
            elif name == b"accept-language":
                asked = value
            elif name in _FORWARDED:
                forwarded = forwarded or {}
                forwarded[name] = forwarded[name] + b"," + value if name in forwarded else value
        ASKED.set(asked.decode("latin-1"))
        client = scope["client"]
        scheme = _HTTP_SCHEMES[scope["scheme"]]
        origin = Origin(client[0] if client else "", scheme, host.decode("latin-1"))
        request_id = ""
        if forwarded and self._proxies.trusts(origin.address):
            text = {name: value.decode("latin-1") for name, value in forwarded.items()}
            origin = self._proxies.resolve(
                origin,
                text.get(b"x-forwarded-for", ""),
                text.get(b"x-forwarded-proto", ""),
                text.get(b"x-forwarded-host", ""),
            )
            scope["client"], scope["scheme"] = (origin.address, 0), origin.scheme
            request_id = text.get(b"x-request-id", "")
            if _REQUEST_ID.fullmatch(request_id) is None:
                request_id = ""
        scope["state"] = {
            "request_id": request_id or f"{random.getrandbits(64):016x}",
            "client": origin.address,
            "scheme": origin.scheme,
            "host": origin.host,
            "streams": self._streams,
        }
        check_headers(total)
        if hosts > 1:
            raise BadRequest("The request names several hosts.")
        return length


def complete(scope: Scope, given: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The header fields of an answer with what core adds to each: security headers that are missing, the
    request's id, and the cookies that wait; what sets cookies is kept by nobody unless it says otherwise.
    """
    headers = list(given)
    state = scope["state"]
    add_security_headers(headers, state["scheme"], state.get("site"))
    headers.append((b"x-request-id", state["request_id"].encode("latin-1")))
    if "set_cookies" in state:
        headers.extend(pending_headers(scope))
        if not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"private, no-store"))
    return headers
