"""Plain forms for the few pages that core answers itself, whatever surfaces there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from microblog_core.contributions import Rejection
from microblog_core.domain.errors import MicroblogError
from microblog_core.http.errors import BadRequest
from microblog_core.http.pages import HTML, PlainPages
from microblog_core.http.scope import Receive, Scope, Send

FIELDS_MAX = 20


async def read_fields(receive: Receive) -> dict[str, str]:
    """The fields of a form, the first value of each. Raises `BadRequest` for what can't be read; the
    surface's body limit says how much there may be.
    """
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            break
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise BadRequest("The form can't be read.", hint="Reload the page and send it again.") from None
    return {name: values[0] for name, values in found.items()}


async def send_page(scope: Scope, send: Send, body: bytes, status: int = 200) -> None:
    """Answer with a page for this visitor alone; without its body where only the head was asked for."""
    headers = [HTML, (b"cache-control", b"private, no-store"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def draw_error(scope: Mapping[str, Any], error: MicroblogError) -> Rejection:
    """An error as a page, in the site's look where the site is known."""
    text = f"{error.message} {error.hint}".strip()
    site = (scope.get("state") or {}).get("site")
    pages = site.page_renderer if site is not None else PlainPages()
    return Rejection(status=error.status, headers=(HTML,), body=pages.message("That did not work", text))
