"""Errors as Mastodon's clients expect them: JSON with `error`, and where it helps `error_description`
and `details`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar.exceptions import HTTPException

from microblog_api.responses import shared_fields
from microblog_core.contributions import Rejection
from microblog_core.domain.errors import (
    DomainError,
    Forbidden,
    Invalid,
    MicroblogError,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
)
from microblog_core.http.errors import BadRequest, MethodNotAllowed

JSON = (b"content-type", b"application/json")

_BEARER = 'Bearer realm="Microblog"'


class InvalidToken(Unauthenticated):
    """The access token is none: unknown, revoked, or of somebody who may not log in (RFC 6750)."""

    code = "invalid_token"


class InsufficientScope(Forbidden):
    """The access token is good, but not for this; one of `scopes` would do (RFC 6750)."""

    code = "insufficient_scope"

    def __init__(self, message: str, *, scopes: Sequence[str]) -> None:
        super().__init__(message)
        self.scopes = tuple(scopes)


_NO_TOKEN = "The access token is invalid"
_NOT_FOUND = "Record not found"


def render_error(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """Draw an error, whoever raised it, with the header fields that every answer carries.

    `details` names the fields of an `Invalid`, each with what to change.
    """
    text, hint = error.message or error.code.replace("_", " "), error.hint
    body: dict[str, object] = {}
    if isinstance(error, Invalid) and error.fields:
        text = "Validation failed: " + ", ".join(f"{name}: {each}" for name, each in error.fields.items())
        body["details"] = {
            name: [{"error": "ERR_INVALID", "description": each}] for name, each in error.fields.items()
        }
    elif error.status == 401 and not text.startswith("The access token"):
        # Clients recognise the sentence and log in anew.
        text, hint = _NO_TOKEN, hint or text
    elif isinstance(error, NotFound) and text != _NOT_FOUND:
        text, hint = _NOT_FOUND, hint or text
    body = {"error": text} | ({"error_description": hint} if hint else {}) | body
    headers = [JSON, *shared_fields(scope)]
    challenge = _challenge(error)
    if challenge:
        headers.append((b"www-authenticate", challenge.encode("ascii", "replace")))
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
    if isinstance(error, MethodNotAllowed) and error.allow:
        headers.append((b"allow", ", ".join(error.allow).encode()))
    return Rejection(status=error.status, headers=headers, body=msgspec.json.encode(body))


def _challenge(error: MicroblogError) -> str:
    """What `WWW-Authenticate` says (RFC 6750 section 3); a request without credentials is told no error."""
    if isinstance(error, InvalidToken):
        return f'{_BEARER}, error="{error.code}", error_description="{error.message}"'
    if isinstance(error, InsufficientScope):
        return f'{_BEARER}, error="{error.code}", scope="{" ".join(error.scopes)}"'
    return _BEARER if error.status == 401 else ""


def translated(error: HTTPException) -> DomainError | None:
    """What a refusal of Litestar means; None for one that is its own failure."""
    if error.status_code == 404:
        return NotFound()
    if error.status_code == 405:
        return MethodNotAllowed("Method not allowed", allow=_allowed(error))
    if error.status_code == 413:
        return TooLarge("The request is too large.", hint="Send less at once.")
    if error.status_code < 500:
        return BadRequest("The request can't be read.", hint="Check the parameters and the body.")
    return None


def _allowed(error: HTTPException) -> tuple[str, ...]:
    """The methods of an address. Litestar knows nothing of HEAD, which is served wherever GET is."""
    named = (error.headers or {}).get("allow", "").split(", ")
    return tuple(sorted({*filter(None, named), *(("HEAD",) if "GET" in named else ())}))
