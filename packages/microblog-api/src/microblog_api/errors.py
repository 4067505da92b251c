"""Errors as Mastodon's clients expect them: JSON with `error`, and where it helps `error_description`
and `details`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar.exceptions import HTTPException

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


def render_error(_: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """Draw an error, whoever raised it.

    `details` names the fields of an `Invalid`, each with what to change.
    """
    body: dict[str, object] = {"error": error.message or error.code.replace("_", " ")}
    if error.hint:
        body["error_description"] = error.hint
    if isinstance(error, Invalid) and error.fields:
        body["details"] = {
            name: [{"error": "ERR_INVALID", "description": text}] for name, text in error.fields.items()
        }
    headers = [JSON]
    challenge = _challenge(error)
    if challenge:
        headers.append((b"www-authenticate", challenge.encode("ascii", "replace")))
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
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
        return MethodNotAllowed("Method not allowed")
    if error.status_code == 413:
        return TooLarge("The request is too large.", hint="Send less at once.")
    if error.status_code < 500:
        return BadRequest("The request can't be read.", hint="Check the parameters and the body.")
    return None
