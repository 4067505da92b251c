"""What operations have in common: errors, header fields, the parameters of pages, and how to show a token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from microblog_api.openapi.schemas import REF, Schema

ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("BadRequest", "The request can't be read: broken UTF-8, JSON or brackets."),
    401: ("Unauthorized", "The access token is missing, or is none."),
    403: ("Forbidden", "The token's scopes don't allow this, or the person may not do it."),
    404: ("NotFound", "There is no such thing, or the caller may not know that there is."),
    409: ("Conflict", "It clashes with what somebody else just stored. Ask again and retry."),
    410: ("Gone", "It was there and has been deleted."),
    413: ("TooLarge", "The body, or a value, is larger than this site takes."),
    422: ("Unprocessable", "A value breaks a rule; `details` says which and how to mend it."),
    429: ("TooManyRequests", "Too often. `Retry-After` says how many seconds to wait."),
    503: ("Unavailable", "A part that is needed does not answer now. The same may succeed later."),
}
"""The errors that can happen: name and meaning by status."""

PAGES: Mapping[str, tuple[str, ...]] = {
    "cursor": ("max_id", "since_id", "min_id", "limit"),
    "offset": ("limit", "offset"),
    "limit": ("limit",),
    "": (),
}
"""The parameters of each way to read a listing (`endpoints.Pages`)."""

RATES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

_TEXT: Mapping[str, Any] = {"type": "string"}
_CURSOR = "Take it from `Link` of a page: many listings go by ids that their items don't show."


def error(status: int) -> Schema:
    """A reference to the answer for an error."""
    return {"$ref": f"#/components/responses/{ERRORS[status][0]}"}


def errors(statuses: Iterable[int]) -> dict[str, Schema]:
    """The answers for errors, by status."""
    return {str(status): error(status) for status in sorted(statuses)}


def answer(description: str, schema: Schema | None, *, paged: bool = False, counted: bool = True) -> Schema:
    """An answer in JSON. `paged` ones have a `Link`, `counted` ones tell what is left of the rate limit."""
    names = [*(RATES if counted else ()), *(("Link",) if paged else ())]
    made: Schema = {"description": description}
    if names:
        made["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    if schema is not None:
        made["content"] = {"application/json": {"schema": schema}}
    return made


def parameters(pages: str) -> list[Schema]:
    """The parameters of a page."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in PAGES[pages]]


def security(needs: Iterable[str], *, anybody: bool = False) -> list[dict[str, list[str]]]:
    """How to show a token that has one of these scopes."""
    scopes = list(needs)
    allowed = [{"oauth2": [scope]} for scope in scopes] or [{"oauth2": []}]
    return [*([{}] if anybody else []), *allowed, {"bearer": scopes[:1]}]


def components(scopes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Everything that operations refer to, but for schemas of entities."""
    return {
        "schemas": {"Error": _error_schema()},
        "responses": {name: _error_answer(status) for status, (name, _) in ERRORS.items()},
        "headers": _headers(),
        "parameters": _parameters(),
        "securitySchemes": _schemes(scopes),
    }


def _error_schema() -> Schema:
    told = {
        "type": "object",
        "properties": {"error": _TEXT, "description": _TEXT},
        "required": ["error", "description"],
    }
    return {
        "title": "Error",
        "description": "Why something did not work. `error` is for people; clients know some of its texts.",
        "type": "object",
        "properties": {
            "error": _TEXT,
            "error_description": {**_TEXT, "description": "What to do next."},
            "details": {
                "type": "object",
                "description": "What is wrong with each parameter.",
                "additionalProperties": {"type": "array", "items": told},
            },
        },
        "required": ["error"],
    }


def _error_answer(status: int) -> Schema:
    _, description = ERRORS[status]
    made = answer(description, {"$ref": f"{REF}Error"}, counted=False)
    named = {401: ("WWW-Authenticate",), 429: (*RATES, "Retry-After"), 503: ("Retry-After",)}.get(status, ())
    if named:
        made["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
    return made


def _headers() -> dict[str, Schema]:
    whole = {"type": "integer", "minimum": 0}
    return {
        "Link": {
            "description": 'The pages beside this one (RFC 8288), `rel="next"` and `rel="prev"`.',
            "schema": _TEXT,
        },
        "ETag": {"description": "Send it back in `If-None-Match`.", "schema": _TEXT},
        "X-RateLimit-Limit": {
            "description": "How many requests the limit allows.",
            "required": True,
            "schema": whole,
        },
        "X-RateLimit-Remaining": {
            "description": "How many of them are left.",
            "required": True,
            "schema": whole,
        },
        "X-RateLimit-Reset": {
            "description": "When there are as many again.",
            "required": True,
            "schema": {**_TEXT, "format": "date-time"},
        },
        "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": whole},
        "WWW-Authenticate": {"description": "RFC 6750 section 3.", "required": True, "schema": _TEXT},
    }


def _parameters() -> dict[str, Schema]:
    cursor = {"type": "string", "pattern": "^[0-9]+$"}
    texts = {
        "max_id": (f"Only what is older than this. {_CURSOR}", cursor),
        "since_id": ("Only what is newer than this, the newest first.", cursor),
        "min_id": ("Only what is newer than this, the page right after it.", cursor),
        "limit": (
            "How many; more than the most means the most.",
            {"type": "integer", "minimum": 0, "maximum": 999},
        ),
        "offset": ("How many to leave out.", {"type": "integer", "minimum": 0, "maximum": 10_000}),
    }
    return {
        name: {"name": name, "in": "query", "description": text, "schema": schema}
        for name, (text, schema) in texts.items()
    }


def _schemes(scopes: Mapping[str, str]) -> dict[str, Schema]:
    ways = {"tokenUrl": "/oauth/token", "scopes": dict(scopes)}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "People let applications in (with PKCE, S256); an application itself has a token "
            "of its own.",
            "flows": {
                "authorizationCode": {"authorizationUrl": "/oauth/authorize", **ways},
                "clientCredentials": ways,
            },
        },
        "bearer": {"type": "http", "scheme": "bearer", "description": "An access token, however it was got."},
        "client": {
            "type": "http",
            "scheme": "basic",
            "description": "`client_id` and `client_secret`; both may stand in the body as well.",
        },
    }
