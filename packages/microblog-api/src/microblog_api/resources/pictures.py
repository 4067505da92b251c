"""The pictures of people who have none. Clients insist on an address, so there is one."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from litestar import Request, get
from litestar.params import FromPath

from microblog_api.people import PICTURES
from microblog_core.domain.errors import NotFound
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Receive, Scope, Send

_FOLDER = files("microblog_api") / "pictures"


class Picture:
    """A picture of the package, an ASGI application."""

    def __init__(self, name: str) -> None:
        body = (_FOLDER / name).read_bytes()
        self._kept = KeptPage(body, content_type=b"image/png", vary=b"accept-encoding")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await self._kept.send(scope, send)


_PICTURES = {name: Picture(name) for name in ("avatar.png", "header.png")}


@get(PICTURES + "/{name:str}")
async def read(request: Request[Any, Any, Any], name: FromPath[str]) -> Picture:
    """A picture by its name. Raises `NotFound`."""
    picture = _PICTURES.get(name)
    if picture is None:
        raise NotFound
    return picture
