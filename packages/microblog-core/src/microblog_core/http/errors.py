"""What core answers by itself because of how a request was sent, and what an unexpected exception becomes.

Errors about what was asked for are in `domain.errors`; these are about HTTP, and only `http` and surfaces
raise them.
"""

from __future__ import annotations

import logging

from microblog_core.domain.errors import DomainError, MicroblogError, TooLarge, Unavailable
from microblog_core.http.scope import Scope, request_id_of, target_of

_log = logging.getLogger("microblog.http")


class BadRequest(DomainError):
    """The request can't be read: broken UTF-8, a malformed header or body."""

    status = 400
    code = "bad_request"


class MethodNotAllowed(DomainError):
    """The address exists, but only for the methods in `allow` (RFC 9110 section 15.5.6)."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, *, allow: tuple[str, ...] = (), hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.allow = allow


class UriTooLong(DomainError):
    """The address exceeds the limit (RFC 9110 section 15.5.15)."""

    status = 414
    code = "uri_too_long"


class Misdirected(DomainError):
    """No site of this server has the host that was asked for (RFC 9110 section 15.5.20)."""

    status = 421
    code = "misdirected"


class HeadersTooLarge(TooLarge):
    """The header fields exceed the limit (RFC 6585 section 5)."""

    status = 431
    code = "headers_too_large"


class InternalError(MicroblogError):
    """Something unexpected; the log has the cause under the request's id, the answer has not."""

    status = 500
    code = "internal_error"


def error_for(scope: Scope, exception: BaseException) -> MicroblogError:
    """What to answer for an exception: itself if it was raised on purpose, else an `InternalError`; both
    kinds of 5xx are logged.
    """
    if isinstance(exception, Unavailable):
        _log.warning("%s %s: unavailable: %s", scope.get("method"), target_of(scope), exception.message)
        return exception
    if isinstance(exception, MicroblogError) and exception.status < 500:
        return exception
    log_unexpected(scope, exception)
    request_id = request_id_of(scope)
    return InternalError(
        "Something went wrong on our side.",
        hint=f"Try again. If it happens again, tell the operators this number: {request_id}.",
    )


def log_unexpected(scope: Scope, exception: BaseException) -> None:
    """Write an exception with its traceback and the request's id to the log `microblog.http`."""
    _log.error(
        "unexpected exception in %s %s (request %s)",
        scope.get("method", scope["type"]),
        target_of(scope),
        request_id_of(scope),
        exc_info=exception,
    )
