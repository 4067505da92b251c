"""Operations whose declaration says too little: the authorization server and NodeInfo, which are handlers of
Litestar's.

What isn't here is no interface for programs: pages that people log in on and end access on, and the
addresses of pictures, which entities name. Where the client has to send a browser (`/oauth/authorize`), that
is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microblog_api.openapi import shared
from microblog_api.openapi.schemas import REF, Schema

TAGS: Mapping[str, str] = {
    "oauth": "The authorization server (OAuth 2.0, RFC 6749 and RFC 9700).",
    "nodeinfo": "NodeInfo 2.0 and 2.1: what this software is and how much there is.",
}

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_ADDRESS: Schema = {"type": "string", "format": "uri"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_YES: Schema = {"type": "boolean"}
_NOTHING: Schema = {"type": "object"}


def _object(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {"type": "object", "properties": {**fields, **(optional or {})}, "required": list(fields)}


_APPLICATION: Mapping[str, Schema] = {
    "id": _TEXT,
    "name": _TEXT,
    "website": _TEXT_OR_NULL,
    "scopes": _TEXTS,
    "redirect_uri": _TEXT,
    "redirect_uris": _TEXTS,
}
_REGISTER = _object(
    {"client_name": _TEXT, "redirect_uris": {"anyOf": [_TEXT, _TEXTS]}},
    {
        "scopes": {"anyOf": [_TEXT, _TEXTS], "default": "read"},
        "website": _TEXT,
        "token_endpoint_auth_method": {**_TEXT, "description": "`none` makes a public client."},
    },
)
_CLIENT: Mapping[str, Schema] = {"client_id": _TEXT, "client_secret": _TEXT}
_TOKEN_REQUEST = _object(
    {"grant_type": {"type": "string", "enum": ["authorization_code", "client_credentials"]}},
    {
        **_CLIENT,
        "code": _TEXT,
        "redirect_uri": _TEXT,
        "code_verifier": {**_TEXT, "description": "Of PKCE (RFC 7636)."},
        "scope": _TEXT,
    },
)
_TOKEN = _object(
    {"access_token": _TEXT, "token_type": {"const": "Bearer"}, "scope": _TEXT, "created_at": _WHOLE}
)
_OF_A_TOKEN = _object({"token": _TEXT}, _CLIENT)
_INTROSPECTION = _object(
    {"active": _YES},
    {
        "scope": _TEXT,
        "client_id": _TEXT,
        "token_type": {"const": "Bearer"},
        "iat": _WHOLE,
        "sub": _TEXT,
        "username": _TEXT,
    },
)
_METADATA = _object(
    {
        "issuer": _ADDRESS,
        **{
            f"{name}_endpoint": _ADDRESS
            for name in ("authorization token revocation introspection userinfo app_registration".split())
        },
        "scopes_supported": _TEXTS,
        "response_types_supported": _TEXTS,
        "response_modes_supported": _TEXTS,
        "grant_types_supported": _TEXTS,
        "token_endpoint_auth_methods_supported": _TEXTS,
        "revocation_endpoint_auth_methods_supported": _TEXTS,
        "introspection_endpoint_auth_methods_supported": _TEXTS,
        "code_challenge_methods_supported": _TEXTS,
        "authorization_response_iss_parameter_supported": _YES,
    }
)
_USERINFO = _object(
    {"iss": _ADDRESS, "sub": _TEXT, "name": _TEXT, "preferred_username": _TEXT, "profile": _ADDRESS}
)
_LINKS = _object(
    {"links": {"type": "array", "items": _object({"rel": _TEXT, "href": _ADDRESS})}},
)
_USERS = _object({"total": _WHOLE}, {"activeMonth": _WHOLE})
_NODEINFO = _object(
    {
        "version": {"enum": ["2.0", "2.1"]},
        "software": _object({"name": _TEXT, "version": _TEXT}),
        "protocols": _TEXTS,
        "services": _object({"inbound": _TEXTS, "outbound": _TEXTS}),
        "openRegistrations": _YES,
        "usage": _object({"users": _USERS, "localPosts": _WHOLE}),
        "metadata": {"type": "object"},
    }
)


def _operation(
    name: str,
    summary: str,
    answer: Schema,
    errors: Sequence[int],
    *,
    body: Schema | None = None,
    description: str = "",
    parameters: Sequence[Schema] = (),
    security: Sequence[Mapping[str, Sequence[str]]] = ({},),
    counted: bool = True,
) -> Schema:
    made: dict[str, Any] = {
        "operationId": name,
        "tags": [name.partition("_")[0]],
        "summary": summary,
        "description": description or f"{summary}.",
        "security": [dict(each) for each in security],
    }
    if parameters:
        made["parameters"] = list(parameters)
    if body is not None:
        kinds = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data")
        made["requestBody"] = {"required": True, "content": {kind: {"schema": body} for kind in kinds}}
    made["responses"] = {
        "200": shared.answer("Done.", answer, counted=counted),
        **shared.errors(errors),
    }
    return made


def _asked(name: str, *, required: bool = False, description: str = "", **schema: Any) -> Schema:
    made: Schema = {"name": name, "in": "query", "schema": {"type": "string", **schema}}
    if required:
        made["required"] = True
    return made | ({"description": description} if description else {})


_APPS = "/api/v1/apps"
_PAGE: Schema = {"text/html": {"schema": _TEXT}}
_PAGE_OR_ERROR: Schema = {**_PAGE, "application/json": {"schema": {"$ref": f"{REF}Error"}}}
_AUTHORIZE = {
    "operationId": "oauth_authorize",
    "tags": ["oauth"],
    "summary": "Ask a person to let an application in",
    "description": "Send the person's browser here. They log in, see what the application wants, and come "
    "back to `redirect_uri` with a `code` (or an `error`), `state` and `iss` (RFC 9207). With "
    "`urn:ietf:wg:oauth:2.0:oob` they are shown the code instead.",
    "security": [{}],
    "parameters": [
        _asked("response_type", required=True, enum=["code"]),
        _asked("client_id", required=True),
        _asked("redirect_uri", required=True, description="One that the application registered."),
        _asked("scope", description="Separated by spaces; `read` if it is empty."),
        _asked("state", description="Comes back as it is."),
        _asked("code_challenge", description="Of PKCE. Public clients can't do without."),
        _asked("code_challenge_method", enum=["S256"]),
        _asked("force_login", description="`true`: let them log in anew."),
    ],
    "responses": {
        "200": {"description": "The page that asks.", "content": _PAGE},
        "303": {"description": "To the log-in page, or back to the application with an `error`."},
        **{
            status: {"description": text, "content": _PAGE_OR_ERROR}
            for status, text in {
                "400": "Nobody vouches for the address, so nobody is sent there; or it can't be read.",
                "422": "The request is too long to come back to.",
                "429": "Too often.",
                "503": "Try again later.",
            }.items()
        },
    },
}

OPERATIONS: Mapping[str, Mapping[str, Schema]] = {
    _APPS: {
        "post": _operation(
            "oauth_register",
            "Register an application",
            _object(
                {**_APPLICATION, "client_id": _TEXT},
                {"client_secret": _TEXT, "client_secret_expires_at": {"const": 0}},
            ),
            (400, 401, 413, 422, 429, 503),
            body=_REGISTER,
            description="Make an application known. A public one has no secret and must use PKCE.",
        )
    },
    f"{_APPS}/verify_credentials": {
        "get": _operation(
            "oauth_verify",
            "See whose token this is, as an application",
            _object(_APPLICATION),
            (400, 401, 429, 503),
            security=shared.security(()),
        )
    },
    "/oauth/authorize": {"get": _AUTHORIZE},
    "/oauth/token": {
        "post": _operation(
            "oauth_token",
            "Get a token",
            _TOKEN,
            (400, 401, 413, 422, 429, 503),
            body=_TOKEN_REQUEST,
            description="For a code, or for the application itself (RFC 6749 sections 4.1.3 and 4.4.2).",
            security=({}, {"client": ()}),
        )
    },
    "/oauth/revoke": {
        "post": _operation(
            "oauth_revoke",
            "End a token",
            _NOTHING,
            (400, 401, 403, 413, 429, 503),
            body=_OF_A_TOKEN,
            description="End a token of the application's own (RFC 7009). One that there is not is fine.",
            security=({}, {"client": ()}),
        )
    },
    "/oauth/introspect": {
        "post": _operation(
            "oauth_introspect",
            "Ask what a token is good for",
            _INTROSPECTION,
            (400, 401, 413, 429, 503),
            body=_OF_A_TOKEN,
            description="Ask what a token of the application's own is good for (RFC 7662).",
            security=({}, {"client": ()}),
        )
    },
    "/oauth/userinfo": {
        "get": _operation(
            "oauth_userinfo",
            "See whose token this is",
            _USERINFO,
            (400, 401, 403, 422, 429, 503),
            description="In OpenID Connect's words (Core 1.0 section 5.1).",
            security=shared.security(("profile",)),
        )
    },
    "/.well-known/oauth-authorization-server": {
        "get": _operation(
            "oauth_describe",
            "See what the authorization server can do",
            _METADATA,
            (400, 401, 429, 503),
            description="The metadata document (RFC 8414).",
        )
    },
    "/.well-known/nodeinfo": {
        "get": _operation("nodeinfo_discover", "Find the NodeInfo documents", _LINKS, (400, 401, 429, 503))
    },
    "/nodeinfo/{version}": {
        "get": _operation(
            "nodeinfo_document",
            "View NodeInfo",
            _NODEINFO,
            (400, 401, 404, 429, 503),
            parameters=(
                {
                    "name": "version",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "enum": ["2.0", "2.1"]},
                },
            ),
        )
    },
}
"""Every operation that is described by hand, by path and method."""

PAGES = frozenset(
    {
        "/oauth/authorize",
        "/oauth/authorized_applications",
        "/oauth/login",
        "/oauth/login/{name}",
        "/api/pictures/{name}",
    }
)
"""Addresses for browsers: what is not described of them is no interface for programs."""
