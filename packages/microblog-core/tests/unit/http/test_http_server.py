from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import Any

import httpx
import pytest
from http_fakes import FakeSite, respond, surface

from microblog_core.config import ServerConfig
from microblog_core.domain.errors import ConfigurationError, Unavailable
from microblog_core.http.app import Application, create_app
from microblog_core.http.server import serve


def _app(site: Any, handler: Any = lambda *scope: respond(scope[2], b"hello")) -> Application:
    return create_app([site], [surface(handler)], server=ServerConfig())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_a_signal_comes_and_closes_everything(number: signal.Signals) -> None:
    site = FakeSite()
    ready: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.create_task(
        serve(_app(site), ServerConfig(host="localhost", port=0), on_ready=ready.put_nowait)
    )
    url = await asyncio.wait_for(ready.get(), 10)
    assert url.startswith("http://localhost:")
    async with httpx.AsyncClient() as http:
        assert (await http.get(url.replace("localhost", "127.0.0.1"))).text == "hello"
    os.kill(os.getpid(), number)
    await asyncio.wait_for(serving, 10)
    assert (site.opened, site.closed) == (1, 1)


async def test_a_signal_during_the_start_undoes_it() -> None:
    opening = asyncio.Event()

    class Slow(FakeSite):
        async def open(self) -> None:
            opening.set()
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve(_app(Slow()), ServerConfig(port=0)))
    await asyncio.wait_for(opening.wait(), 10)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 10)


async def test_what_fails_while_starting_is_raised() -> None:
    class Broken(FakeSite):
        async def open(self) -> None:
            raise Unavailable("no storage")

    with pytest.raises(Unavailable):
        await serve(_app(Broken()), ServerConfig(port=0))


async def test_an_address_that_cannot_be_had_is_a_configuration_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for server in (ServerConfig(port=taken.getsockname()[1]), ServerConfig(host="192.0.2.1", port=0)):
            site = FakeSite()
            with pytest.raises(ConfigurationError, match="Can't listen"):
                await serve(_app(site), server)
            assert site.opened == 0


async def test_without_granian_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "granian.server.embed", None)
    site = FakeSite()
    with pytest.raises(ConfigurationError, match="granian") as raised:
        await serve(_app(site), ServerConfig(port=0))
    assert "extra 'serve'" in raised.value.hint
    assert (site.opened, site.closed) == (1, 1)
