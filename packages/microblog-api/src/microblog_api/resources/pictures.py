"""The pictures of people who have none. Clients insist on an address, so there is one."""

from __future__ import annotations

from importlib.resources import files

from litestar.handlers import asgi

from microblog_api.presenters import PICTURES
from microblog_core.domain.errors import NotFound
from microblog_core.http.kept import KeptPage
from microblog_core.http.scope import Receive, Scope, Send

_NAMES = ("avatar.png", "header.png")
_FOLDER = files("microblog_api") / "pictures"
_PICTURES = {
    name: KeptPage((_FOLDER / name).read_bytes(), content_type=b"image/png", vary=b"accept-encoding")
    for name in _NAMES
}


@asgi(PICTURES + "/{name:str}", copy_scope=False)
async def read(scope: Scope, receive: Receive, send: Send) -> None:
    """A picture by its name. Raises `NotFound`."""
    picture = _PICTURES.get(scope["path_params"]["name"])
    if picture is None:
        raise NotFound
    await picture.send(scope, send)
