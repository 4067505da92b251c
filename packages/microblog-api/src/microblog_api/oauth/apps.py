"""Applications make themselves known, and see what is known of them (`/api/v1/apps`)."""

from __future__ import annotations

from typing import Any

from litestar import get, post

from microblog_api.access import require_app
from microblog_api.oauth.answers import Answer, Asked, scope_of, told
from microblog_api.oauth.forms import parameters, text_or_list, texts
from microblog_api.responses import json_response
from microblog_core.domain.applications import SCOPES, Application
from microblog_core.domain.permissions import Actor
from microblog_core.http.scope import site_of
from microblog_core.services.applications import RegisterApplication, register_application


@post("/api/v1/apps", status_code=200)
async def register(request: Asked) -> Answer:
    """CredentialApplication. `token_endpoint_auth_method=none` makes a public client, which has no secret
    and must use PKCE (RFC 7591 section 2).
    """
    scope = scope_of(request)
    values = await parameters(request)
    single = texts(values)
    new = await register_application(
        site_of(scope).ports,
        Actor(address=scope["state"]["client"]),
        RegisterApplication(
            name=single.get("client_name", ""),
            redirect_uris=text_or_list(values.get("redirect_uris")),
            scopes=text_or_list(values.get("scopes")),
            website=single.get("website", ""),
            public=single.get("token_endpoint_auth_method") == "none",
            offered=scope["state"].get("offered_scopes", SCOPES),
        ),
    )
    body = _shown(new.application) | {"client_id": new.application.client_id}
    if new.secret:
        body |= {"client_secret": new.secret, "client_secret_expires_at": 0}
    return told(body)


@get("/api/v1/apps/verify_credentials")
async def verify(request: Asked) -> Answer:
    """Application: the one whose token this is, a person's token or its own."""
    found = await require_app(scope_of(request))
    assert found.application is not None
    return json_response(_shown(found.application))


def _shown(application: Application) -> dict[str, Any]:
    return {
        "id": str(application.id),
        "name": application.name,
        "website": application.website or None,
        "scopes": application.scopes,
        "redirect_uri": "\n".join(application.redirect_uris),
        "redirect_uris": application.redirect_uris,
    }


HANDLERS = (register, verify)
