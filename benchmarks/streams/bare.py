"""A bare ASGI application that only holds streams: `python -m benchmarks.streams.bare PORT`.

What is posted to it goes to all streams as it is: what the server and the sockets cost by themselves.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from microblog_core.http.server import CONNECTIONS

_waiting: list[asyncio.Future[bytes]] = []


async def _hold() -> bytes:
    told: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    _waiting.append(told)
    return await told


async def _listen(receive: Any) -> None:
    """Wait for what is said, as every application with WebSockets does: that alone costs a buffer."""
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Serve one connection."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        listening = asyncio.create_task(_listen(receive))
        while not listening.done():
            data = await _hold()
            await send({"type": "websocket.send", "text": data.decode()})
        return
    headers = [(b"content-type", b"text/event-stream")]
    if scope["method"] == "GET" and scope["path"] != "/":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
        while True:
            await send({"type": "http.response.body", "body": await _hold(), "more_body": True})
    if scope["method"] == "POST":
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        told, _waiting[:] = tuple(_waiting), ()
        for each in told:
            if not each.done():
                each.set_result(body)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"OK"})


async def _serve(port: int) -> None:
    server = Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        log_enabled=False,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
