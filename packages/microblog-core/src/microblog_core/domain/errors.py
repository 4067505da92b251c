"""The errors that core raises on purpose, and nothing else.

MicroblogError
├── DomainError                 somebody asked for something that can't be: a 4xx with a hint
│   ├── Invalid                 422  a value breaks a rule; `fields` says which and how to mend it
│   ├── Unauthenticated         401  nobody is logged in, or the credentials are wrong
│   ├── Declined                402  a payment provider refuses to take this payment
│   ├── Forbidden               403  the actor may not do this
│   ├── NotFound                404  it does not exist, or the actor may not know that it does
│   ├── Conflict                409  it clashes with what is stored already (a guard of the unit of work)
│   ├── Gone                    410  it existed and was deleted
│   ├── TooLarge                413  a body or a value exceeds its limit
│   └── RateLimited             429  too often; `retry_after` seconds
├── Unavailable                 503  a part that is needed does not answer now
├── ConfigurationError          the operator must change the configuration; fatal at start
└── PluginError                 a plugin broke a rule of composition

Every error has a `code` (stable, for programs), a `message` (what happened) and a `hint` (what to do next).
"""

from __future__ import annotations

from collections.abc import Mapping


class MicroblogError(Exception):
    """The root: catch this to catch everything that Microblog raises on purpose."""

    status = 500
    code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code


class DomainError(MicroblogError):
    """A request that can't be granted; surfaces answer it with its `status`."""

    status = 400
    code = "bad_request"


class Invalid(DomainError):
    """One or several values break a rule.

    `fields` maps a field's name to one sentence that says what to change.
    """

    status = 422
    code = "invalid"

    def __init__(
        self, message: str = "", *, fields: Mapping[str, str] | None = None, hint: str = "", code: str = ""
    ) -> None:
        self.fields: Mapping[str, str] = dict(fields or {})
        super().__init__(message or "; ".join(self.fields.values()), hint=hint, code=code)


class Unauthenticated(DomainError):
    """Nobody is logged in, or what was given does not prove who it is."""

    status = 401
    code = "unauthenticated"


class Declined(DomainError):
    """A payment provider refuses to take this payment; nothing was begun there."""

    status = 402
    code = "declined"


class Forbidden(DomainError):
    """The actor is known and may not do this."""

    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """It does not exist, or this actor may not know whether it does."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "Record not found", *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint, code=code)


class Conflict(DomainError):
    """A guard of the unit of work found something else stored; nothing was written.

    `guard` names what failed: `username`, `email`, `version`, `exists`, `boost`, `follow`, `key`, ...
    """

    status = 409
    code = "conflict"

    def __init__(self, message: str, *, guard: str, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.guard = guard


class Gone(DomainError):
    """It existed and was deleted."""

    status = 410
    code = "gone"


class TooLarge(DomainError):
    """A body or a value exceeds its limit, given in bytes or characters in the message."""

    status = 413
    code = "too_large"


class RateLimited(DomainError):
    """Too often; try again after `retry_after` seconds."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, *, retry_after: float, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.retry_after = retry_after


class Unavailable(MicroblogError):
    """A part that is needed does not answer now; the same request may succeed later."""

    status = 503
    code = "unavailable"


class ConfigurationError(MicroblogError):
    """The operator must change the configuration before this can work."""

    code = "configuration"


class PluginError(MicroblogError):
    """A plugin broke a rule of composition; it is left out and the report says why."""

    code = "plugin"
