"""A site on memory with one surface that streams, run as a program of its own: PORT FOLDER [DEADLINE].

A plugin's lifespan and the surface's own write a file into FOLDER when they are left.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from microblog_core.config import Config, PluginsConfig, ServerConfig, SiteConfig
from microblog_core.contributions import Manifest, Rejection, Surface
from microblog_core.domain.errors import MicroblogError
from microblog_core.hookspecs import hookimpl
from microblog_core.http import server as server_module
from microblog_core.http.app import create_app
from microblog_core.http.server import end_process, run_server
from microblog_core.http.streams import Feed, stream_events
from microblog_core.plugins.settings import Secret
from microblog_core.site import compose_site


def plugin(folder: Path) -> SimpleNamespace:
    @hookimpl
    def lifespan(site: Any) -> Any:
        @contextlib.asynccontextmanager
        async def run() -> AsyncIterator[None]:
            yield
            (folder / "plugin").write_text("closed")

        return run()

    return SimpleNamespace(PLUGIN=Manifest(name="marker"), lifespan=lifespan)


def make_app(folder: Path) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            (folder / "surface").write_text("closed")
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
        elif scope["path"] == "/stream":
            await stream_events(scope, receive, send, Feed())
        elif scope["path"] == "/thread":
            await asyncio.to_thread(time.sleep, 60)
        elif scope["path"] == "/half":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise RuntimeError("in the middle")
        else:
            size, more = 0, True
            while more:
                message = await receive()
                size, more = size + len(message.get("body", b"")), message.get("more_body", False)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": str(size).encode()})

    return app


def render_error(scope: Any, error: MicroblogError) -> Rejection:
    return Rejection(
        status=error.status, headers=[(b"content-type", b"text/plain")], body=error.code.encode()
    )


def main(port: int, folder: Path) -> None:
    chosen = SiteConfig(name="main", storage="memory:", plugins=PluginsConfig(only=("marker",)))
    config = Config(data=folder, secret_key=Secret("00" * 32))
    site = compose_site(config, chosen, plugins={"marker": plugin(folder)})
    surface = Surface(
        name="test",
        mounts=("/",),
        make_app=lambda faces: make_app(folder),
        render_error=render_error,
        body_limit=1000,
    )
    server = ServerConfig(port=port)
    run_server(
        create_app([site], [surface], server=server), server, on_ready=lambda url: print(url, flush=True)
    )
    end_process(0)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        server_module.DEADLINE_SECONDS = float(sys.argv[3])
    main(int(sys.argv[1]), Path(sys.argv[2]))
