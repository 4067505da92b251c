"""What the authorization server can do (RFC 8414), and who somebody is (`/oauth/userinfo`).

Addresses are those of the site's public address.
"""

from __future__ import annotations

from litestar import get

from microblog_api.access import require_user
from microblog_api.oauth.answers import Answer, Asked, scope_of, told
from microblog_api.oauth.protocol import ALL_METHODS, CHALLENGE_METHOD, GRANT_TYPES, SECRET_METHODS
from microblog_api.responses import json_response
from microblog_core.domain.applications import SCOPES
from microblog_core.http.scope import base_url_of


@get("/.well-known/oauth-authorization-server")
async def describe(request: Asked) -> Answer:
    """The metadata document."""
    scope = scope_of(request)
    base = base_url_of(scope)
    return json_response(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "introspection_endpoint": f"{base}/oauth/introspect",
            "userinfo_endpoint": f"{base}/oauth/userinfo",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "scopes_supported": list(scope["state"].get("offered_scopes", SCOPES)),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": GRANT_TYPES,
            "token_endpoint_auth_methods_supported": ALL_METHODS,
            "revocation_endpoint_auth_methods_supported": ALL_METHODS,
            "introspection_endpoint_auth_methods_supported": SECRET_METHODS,
            "code_challenge_methods_supported": [CHALLENGE_METHOD],
            "authorization_response_iss_parameter_supported": True,
        }
    )


@get("/oauth/userinfo")
async def userinfo(request: Asked) -> Answer:
    """Whose token this is, in OpenID Connect's words (Core 1.0 section 5.1); needs the scope `profile`."""
    scope = scope_of(request)
    account = (await require_user(scope, "profile")).account
    base = base_url_of(scope)
    return told(
        {
            "iss": base,
            "sub": account.uri or f"{base}/@{account.username}",
            "name": account.name,
            "preferred_username": account.username,
            "profile": f"{base}/@{account.username}",
        }
    )


HANDLERS = (describe, userinfo)
