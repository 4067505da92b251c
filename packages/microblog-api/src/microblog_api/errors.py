"""Errors as Mastodon's clients expect them: JSON with `error`, and where it helps `error_description`
and `details`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar.exceptions import HTTPException

from microblog_api.responses import shared_fields
from microblog_core.contributions import Rejection
from microblog_core.domain.errors import DomainError, Invalid, MicroblogError, NotFound, RateLimited, TooLarge
from microblog_core.http.errors import BadRequest, MethodNotAllowed

JSON = (b"content-type", b"application/json")


_NO_TOKEN = "The access token is invalid"


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
    body = {"error": text} | ({"error_description": hint} if hint else {}) | body
    headers = [JSON, *shared_fields(scope)]
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="Microblog"'))
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
    if isinstance(error, MethodNotAllowed) and error.allow:
        headers.append((b"allow", ", ".join(error.allow).encode()))
    return Rejection(status=error.status, headers=headers, body=msgspec.json.encode(body))


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
