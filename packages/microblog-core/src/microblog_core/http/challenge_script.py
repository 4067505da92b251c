"""Serves the script that answers challenges, beside whatever surfaces there are: an API without a website has
log-in pages, too.
"""

from __future__ import annotations

from functools import cache

from microblog_core.contributions import Surface
from microblog_core.domain.errors import NotFound
from microblog_core.http.challenges import SCRIPT_PATH, script
from microblog_core.http.errors import MethodNotAllowed
from microblog_core.http.forms import draw_error
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Receive, Scope, Send


@cache
def _kept() -> KeptPage:
    return KeptPage(
        script(),
        content_type=b"text/javascript; charset=utf-8",
        vary=b"accept-encoding",
        cache_control=b"public, max-age=31536000, immutable",
    )


async def serve_script(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application. Raises `NotFound`, `MethodNotAllowed`, which core answers."""
    if scope["type"] != "http" or scope["path"] != SCRIPT_PATH:
        raise NotFound("There is no page at this address.", hint="Check the address.")
    if scope["method"] not in ("GET", "HEAD"):
        raise MethodNotAllowed("The script can only be read.", hint="Use GET.")
    await _kept().send(scope, send)


CHALLENGES = Surface(
    name="challenges",
    mounts=(SCRIPT_PATH,),
    make_app=lambda faces: serve_script,
    render_error=draw_error,
    body_limit=0,
)
"""The surface that every application has."""
