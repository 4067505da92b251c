"""`POST /payments/webhooks/<gateway>`: where payment providers ring, beside whatever surfaces there are.

No cookie, no log-in, no token against forged forms: a webhook is believed by its signature alone, and in
nothing but that something happened. What is answered decides whether the provider sends it again: 200 says
that it is stored (or was before), 4xx that sending it again is of no use, 503 that it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from microblog_core.contributions import Rejection, Surface
from microblog_core.domain.errors import MicroblogError, NotFound, RateLimited
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.scope import Headers, Receive, Scope, Send, headers_of, site_of
from microblog_core.services.payments.asking import WEBHOOK_PATH
from microblog_core.services.payments.webhooks import BODY_BYTES, receive_webhook

MOUNT = WEBHOOK_PATH.rstrip("/")
_JSON = (b"content-type", b"application/json")


async def serve_gateway_webhooks(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. Raises `NotFound` (no such gateway here, or nothing that the webhook is about),
    `MethodNotAllowed`, `Forbidden` (forged, stale, or of another site), `TooLarge`, `Unavailable`, which core
    answers.
    """
    if scope["type"] != "http":
        raise NotFound("There is nothing at this address.")
    site, name = site_of(scope), scope["path"].removeprefix(WEBHOOK_PATH)
    if name in site.ports.gateways.names and scope["method"] != "POST":
        raise MethodNotAllowed("Webhooks are sent by POST.", allow=("POST",))
    if scope["method"] != "POST":
        raise NotFound("There is no such payment gateway.")
    received = await receive_webhook(site.ports, name, headers_of(scope), await _body(receive))
    body = msgspec.json.encode({"received": received})
    headers = [_JSON, (b"cache-control", b"no-store"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    """Everything that was sent, byte for byte; the surface's limit says how much there may be."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(parts)


def draw_error(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """An error as JSON: a code for programs, and what is wrong."""
    told = {"error": error.code, "message": error.message}
    if error.hint:
        told["hint"] = error.hint
    headers: Headers = [_JSON]
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allow).encode()))
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after + 0.5))))
    return Rejection(status=error.status, headers=headers, body=msgspec.json.encode(told))


GATEWAY_WEBHOOKS = Surface(
    name="gateway-webhooks",
    mounts=(MOUNT,),
    make_app=lambda faces: serve_gateway_webhooks,
    render_error=draw_error,
    body_limit=BODY_BYTES,
)
"""The surface that every application has."""
