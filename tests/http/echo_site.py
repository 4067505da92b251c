"""The API on memory with one resource more, run as a program of its own: PORT FOLDER.

`/api/x/echo/echo` answers the parameters that it was given.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
from litestar import Request, Response, get, post

from microblog_api.app import SURFACE, make_app
from microblog_api.decoding import Id, Moment, Upload, parameters
from microblog_api.responses import json_response
from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.hookspecs import hookimpl
from microblog_core.http.app import create_app
from microblog_core.http.server import end_process, run_server
from microblog_core.plugins.settings import Secret
from microblog_core.site import compose_site


class Item(msgspec.Struct):
    keyword: str
    whole_word: bool = False


class Wanted(msgspec.Struct):
    text: str = ""
    number: int = 0
    id: Id | None = None
    at: Moment | None = None
    words: list[str] = []
    items: list[Item] = []
    file: Upload | None = None


async def _echo(request: Request[Any, Any, Any]) -> Response[bytes]:
    wanted = (await parameters(request)).into(Wanted)
    shown = msgspec.structs.asdict(wanted)
    if wanted.file is not None:
        shown["file"] = [wanted.file.filename, wanted.file.content_type, len(wanted.file.data)]
    return json_response(shown)


@get("/echo")
async def echo(request: Request[Any, Any, Any]) -> Response[bytes]:
    return await _echo(request)


@post("/echo", status_code=200)
async def echo_body(request: Request[Any, Any, Any]) -> Response[bytes]:
    return await _echo(request)


def main(port: int, folder: Path) -> None:
    face = SimpleNamespace(register_resources=hookimpl(lambda: (echo, echo_body)))
    surface = msgspec.structs.replace(SURFACE, make_app=lambda faces: make_app({**faces, "echo": face}))
    chosen = SiteConfig(
        name="main",
        storage="memory:",
        plugins=PluginsConfig(only=("api",)),
        rates={"api_anonymous": (100_000, 300.0)},
    )
    config = Config(data=folder, secret_key=Secret("00" * 32))
    site = compose_site(config, chosen, faces=("api",))
    server = ServerConfig(port=port)
    run_server(
        create_app([site], [surface], server=server), server, on_ready=lambda url: print(url, flush=True)
    )
    end_process(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
