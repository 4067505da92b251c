"""Errors as Mastodon's clients expect them: JSON with `error`, and where it helps `error_description`
and `details`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar.exceptions import HTTPException

from microblog_core.contributions import Rejection
from microblog_core.domain.errors import DomainError, Invalid, MicroblogError, NotFound, RateLimited, TooLarge
from microblog_core.http.errors import BadRequest, MethodNotAllowed

JSON = (b"content-type", b"application/json")


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
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="Microblog"'))
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
    return Rejection(status=error.status, headers=headers, body=msgspec.json.encode(body))


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
